"""An app as its ``integration.yaml`` defines it, without its actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from composio.catalog.assigned import AssignedNames
from composio.model.app import AppModel
from composio.model.operating import Progress
from composio.model.peers import PeerServer

__all__ = ["DEADLINE", "AppDefinition", "Progress", "SpecSource", "public"]

DEADLINE: Final = 600.0
"""Seconds for one whole download, however slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecSource:
    """The location of an API description.

    ``path`` is the file, or the member of a package; ``url`` the location without a package.

    ``allow_refs`` are folders, files and URLs that the description may refer to in addition to the default; see
    :mod:`composio.catalog.sources.references`. ``guarded`` is set if a description and not the user names the ``url``: then
    neither it nor a redirect may lead into a private network. ``seconds`` limits its download.

    ``name`` distinguishes the app's descriptions. ``sha256`` is the hash of the whole package file. ``include`` and ``exclude``
    are patterns of operations, see :mod:`composio.catalog.importers.select`. ``base_url`` replaces the app's for the operations
    of this description. ``overlay`` has the corrections of the description: actions of an OpenAPI Overlay, or the path of a
    file with one. ``reader`` is set if the description is spread over a package's files. ``server`` is the server of another
    protocol that the description was read from; with the kind ``peer`` it is read from there now.
    """

    kind: Literal["file", "npm", "pip", "url", "peer", "none"]
    package: str = ""
    version: str = ""
    path: str = ""
    url: str = ""
    license: str = ""
    allow_refs: tuple[str, ...] = ()
    guarded: bool = False
    seconds: float = DEADLINE
    name: str = ""
    sha256: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    base_url: str = ""
    overlay: str | tuple[Mapping[str, Any], ...] = ()
    reader: str = ""
    server: PeerServer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDefinition:
    """All that ``integration.yaml`` says.

    An *operation reference* is an operationId, ``METHOD /path`` or a slug. ``important`` lists such references; ``aliases``
    maps further slugs to them; ``hide`` names parameters that models never see (mostly credentials) and ``defaults`` has
    values for parameters that are not filled. ``actions`` is the module with the app's own ``@action`` functions.
    ``always_authenticate`` says that all operations require credentials, even those that the description declares public.

    ``flows`` maps slugs, patterns such as ``GMAIL_*_DRAFT`` and operation references to tags, see :mod:`composio.model.flows`.

    ``actions_from`` names the apps whose actions this one has as well, see :mod:`composio.catalog.sources.borrow`.
    ``further`` are the descriptions after the first, ``spec``, if there are several; :attr:`specs` are all of them.

    Not from the file: ``handed_out``, the former names of the app's actions, each with its operation; and ``together``, the
    names that the operations of several descriptions were given together.
    """

    app: AppModel
    spec: SpecSource
    folder: Path
    file: Path
    important: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    hide: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    flows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    actions: str | None = None
    always_authenticate: bool = False
    further: tuple[SpecSource, ...] = ()
    actions_from: tuple[str, ...] = ()
    handed_out: Mapping[str, str] = field(default_factory=dict)
    together: AssignedNames | None = None

    @property
    def specs(self) -> tuple[SpecSource, ...]:
        """All descriptions in the file's order; empty for an app without one."""
        return () if self.spec.kind == "none" else (self.spec, *self.further)


def public(spec: str) -> str:
    """Return ``spec`` without possible credentials: user info and query of a URL."""
    parts = urlsplit(spec)
    if parts.scheme not in {"http", "https"}:
        return spec
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
