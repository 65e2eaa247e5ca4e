"""An app as its ``integration.yaml`` defines it, before any of its actions are known."""

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
"""Seconds for all of one download, however it drips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecSource:
    """Where an API description is. ``path`` is the file, or the member inside a package; ``url`` the way without a package.

    ``allow_refs`` are folders, files and URLs that the description may refer to beyond what it always may; see
    :mod:`composio.catalog.sources.references`. ``guarded`` is set where a description and not the user names the ``url``: then neither
    it nor a redirect may lead into a private network. ``seconds`` bound its download.

    ``name`` tells the description from the app's others. ``sha256`` is the hash of the whole package file. ``include`` and
    ``exclude`` are patterns of operations, see :mod:`composio.catalog.importers.select`. ``base_url`` is where the operations of
    this description are, instead of the app's. ``overlay`` has the corrections of the description: actions of an OpenAPI Overlay,
    or the path of a file that holds one. ``reader`` is set where the description is a package's Python. ``server`` is what the
    description was read from, where that is a server of another protocol; of kind ``peer`` it is read from there now.
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
    maps further slugs to them; ``hide`` names parameters that models never see (credentials, mostly) and ``defaults`` gives
    values for parameters that nobody filled. ``actions`` is the module with the app's own ``@action`` functions.
    ``always_authenticate`` says that all operations want credentials, even those that the description opens to everybody.

    ``flows`` maps slugs, patterns such as ``GMAIL_*_DRAFT`` and operation references to tags, see :mod:`composio.model.flows`.

    ``actions_from`` names the apps whose actions this one has as well, see :mod:`composio.catalog.sources.borrow`.
    ``further`` are the descriptions after the first, ``spec``, where there are several; :attr:`specs` are all of them.

    Not from the file: ``handed_out``, the names that the app's actions had before, each with the operation that it meant; and
    ``together``, the names that the operations of several descriptions were given at once.
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
        """Every description, in the order of the file; none for an app that has none."""
        return () if self.spec.kind == "none" else (self.spec, *self.further)


def public(spec: str) -> str:
    """``spec`` without what may be a credential: user info and query of a URL."""
    parts = urlsplit(spec)
    if parts.scheme not in {"http", "https"}:
        return spec
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
