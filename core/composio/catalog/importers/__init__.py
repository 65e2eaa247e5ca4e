"""Readers of API descriptions, one kind per module; :class:`Imported` and :class:`ImportedWebhook` are what they yield."""

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
    """One operation, read.

    References in the schemas of ``responses`` point into ``shared`` (``#/$defs/NAME``): one mapping for a whole description,
    complete when the reader is exhausted, so that a large description's definitions are kept once and not per operation.
    ``warnings`` says what could not be read as written, one line each. ``key`` is what the operation is known by from one
    version of the description to the next, ``ambiguous`` names that other operations would have as well, so that nobody has.
    """

    action: ActionModel
    key: str = ""
    ambiguous: tuple[str, ...] = ()
    responses: tuple[DeclaredResponse, ...] = ()
    shared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedWebhook:
    """One thing that an API sends by itself, read. ``shared`` and ``warnings`` as with :class:`Imported`."""

    webhook: WebhookModel
    shared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
