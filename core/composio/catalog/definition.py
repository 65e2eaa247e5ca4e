"""An app as its ``integration.yaml`` defines it, before any of its actions are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from composio.model.app import AppModel
from composio.model.operating import Progress

__all__ = ["DEADLINE", "AppDefinition", "Progress", "SpecSource", "public"]

DEADLINE: Final = 600.0
"""Seconds for all of one download, however it drips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecSource:
    """Where an API description is. ``path`` is the file, or the member inside a package; ``url`` the way without a package.

    ``allow_refs`` are folders, files and URLs that the description may refer to beyond what it always may; see
    :mod:`composio.catalog.sources.references`. ``guarded`` is set where a description and not the user names the ``url``: then neither
    it nor a redirect may lead into a private network. ``seconds`` bound its download.
    """

    kind: Literal["file", "npm", "pip", "url", "none"]
    package: str = ""
    version: str = ""
    path: str = ""
    url: str = ""
    license: str = ""
    allow_refs: tuple[str, ...] = ()
    guarded: bool = False
    seconds: float = DEADLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDefinition:
    """All that ``integration.yaml`` says.

    An *operation reference* is an operationId, ``METHOD /path`` or a slug. ``important`` lists such references; ``aliases``
    maps further slugs to them; ``hide`` names parameters that models never see (credentials, mostly) and ``defaults`` gives
    values for parameters that nobody filled. ``actions`` is the module with the app's own ``@action`` functions.
    ``always_authenticate`` says that all operations want credentials, even those that the description opens to everybody.

    ``handed_out`` is not from the file: the names that the app's actions had before, each with the operation that it meant.
    """

    app: AppModel
    spec: SpecSource
    folder: Path
    file: Path
    important: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    hide: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    actions: str | None = None
    always_authenticate: bool = False
    handed_out: Mapping[str, str] = field(default_factory=dict)


def public(spec: str) -> str:
    """``spec`` without what may be a credential: user info and query of a URL."""
    parts = urlsplit(spec)
    if parts.scheme not in {"http", "https"}:
        return spec
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
