"""Importers of API descriptions, one format per module; they yield :class:`Imported` and :class:`ImportedWebhook`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from composio.model.action import ActionModel
from composio.model.response import DeclaredResponse
from composio.model.webhook import WebhookModel

__all__ = ["Imported", "ImportedWebhook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One operation.

    References in the schemas of ``responses`` point into ``shared`` (``#/$defs/NAME``): one mapping for a whole description,
    complete when the importer is exhausted, so that a large description's definitions are stored once and not per operation.
    ``warnings`` lists what could not be read as written, one line each. ``key`` identifies the operation across versions of the
    description; ``ambiguous`` are names that several operations would have, so that none has.
    """

    action: ActionModel
    key: str = ""
    ambiguous: tuple[str, ...] = ()
    responses: tuple[DeclaredResponse, ...] = ()
    shared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedWebhook:
    """One event that an API sends. ``shared`` and ``warnings`` as with :class:`Imported`."""

    webhook: WebhookModel
    shared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
