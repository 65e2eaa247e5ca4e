"""Descriptions of added apps: fetch, write into the home, compile, and check before they replace another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composio.catalog.compiled import CompiledApps
from composio.catalog.definition import AppDefinition, Progress, SpecSource, public
from composio.catalog.fingerprint import fingerprint
from composio.errors import ComposioError, ConfigurationError, InvalidRequest, ServerMoved, SourceUnavailable, SpecError
from composio.model.app import AppModel
from composio.model.operating import Choices
from composio.model.peers import PeerServer
from composio.plugin.spec import Importer
from composio.process.home import APPS

if TYPE_CHECKING:
    from composio.catalog.compile import Check, Fetch, FunctionActions
    from composio.catalog.hosts import Seen
    from composio.catalog.install import Asked

__all__ = ["Changes", "ReadPeer"]

ReadPeer = Callable[[str, PeerServer, AppModel | None], Mapping[str, Any]]
"""Reads what a server of another protocol offers, for the app with that key; signed with its credentials, if any."""

_log = logging.getLogger("composio")
_MANY = 4  # enough apps to start processes


class Changes:
    """Install and recompile apps. Blocking."""

    def __init__(
        self,
        compiled: CompiledApps,
        *,
        importers: Callable[[], list[Importer]],
        fetch: Fetch,
        function_actions: FunctionActions | None,
        progress: Progress | None,
        read_peer: ReadPeer | None,
    ) -> None:
        self._compiled, self._importers, self._fetch = compiled, importers, fetch
        self._home, self._database, self._read = compiled.home, compiled.database, compiled.read
        self._known, self._hosts, self._compiler = compiled.known, compiled.hosts, compiled.compiler
        self._function_actions, self._progress, self._read_peer = function_actions, progress, read_peer

    def read_signed(self, key: str, choices: Choices) -> None:
        """Read the server of a just added app again, with credentials if there are any."""
        try:
            self.fetch_anew(key, choices)
            self._compiled.ensure(key)
        except ConfigurationError as error:
            _log.debug("%s: its server was not asked with credentials: %s", key, error)

    def is_copied(self, key: str) -> bool:
        """Return whether an added app's description is a copy from a URL."""
        spec = self._known.definitions()[key].spec
        return spec.kind == "file" and bool(spec.url or spec.server) and not self._known.is_brought(key)

    def is_settled(self, key: str) -> bool:
        """Return whether an app's compiled rows match its current packages and files."""
        definition, compiled = self._known.definitions()[key], self._read.app(key)
        if compiled is None or any(spec.kind == "url" for spec in definition.specs):
            return False
        return compiled.fingerprint == fingerprint(definition, compiled.files)

    def fetch_anew(self, key: str, choices: Choices) -> None:
        spec = self._known.definition(key).spec
        from composio.catalog.install import Asked
        from composio.catalog.peers import shown

        if spec.server is not None:
            asked = Asked(spec=shown(spec.server), anew=False, server=spec.server)
            self.install(key, replace(spec, kind="peer", path=""), asked, choices)
            return
        asked = Asked(spec=spec.url, allow_refs=spec.allow_refs, anew=False)
        self.install(key, replace(spec, kind="url", path=""), asked, choices)

    def build(self, keys: Sequence[str], choices: Choices) -> dict[str, ComposioError]:
        """Compile many apps at a time; return the errors by key."""
        failed: dict[str, ComposioError] = {}
        definitions = self._known.definitions()
        if len(keys) < _MANY:
            for key in keys:
                definition = definitions[key]
                try:
                    self._compiled.compile(definition, check=self._checks(definition, definition, choices))
                except ServerMoved:
                    raise
                except ComposioError as error:
                    failed[key] = error
            return failed
        from composio.catalog.build import Build
        from composio.catalog.sources.announce import announce
        from composio.catalog.worker import Setup

        setup = Setup(self._importers(), self._fetch, self._function_actions, self._home.folder("cache"))

        def check(definition: AppDefinition) -> Check:
            if self._read.app(definition.app.key) is None:  # as on first use
                return self._compiled.check_first(definition)
            return self._checks(definition, definition, choices)

        build = Build(self._database, setup, check, self._progress or announce)
        return build.run([definitions[key] for key in keys])

    def install(self, key: str, source: SpecSource, asked: Asked, choices: Choices) -> None:
        """Write an added app's folder and compile it; on failure the app is unchanged."""
        from composio.catalog.install import install

        document, importer = self._document(source) if source.server is None else self._ask(key, source.server, asked, choices)

        def compile_(definition: AppDefinition, before: AppDefinition | None) -> None:
            try:
                check = self._checks(definition, before, choices, by_user=bool(asked.auth))
                self._compiled.compile(definition, may_be_empty=source.server is not None, check=check)
            except ServerMoved:
                raise
            except SpecError as error:
                raise SpecError(f"{public(asked.spec)}: {error}") from None

        discover = self._discovery(source, asked.base_url) if source.server is None else None
        install(key, self._home.folder(APPS) / key, document, importer, asked, choices, compile_, discover)
        self._compiled.forget(key)

    def _checks(
        self, definition: AppDefinition, before: AppDefinition | None, choices: Choices, *, by_user: bool = False
    ) -> Check:
        """Return the check before an added or updated app is replaced: whether its servers are allowed.

        ``before`` is its previous definition, None for a new app; ``by_user`` says that the user declared its schemes.
        """
        from composio.catalog.hosts import addresses_of

        known = addresses_of(before) if before is not None else set()
        named = addresses_of(definition) - known

        def check(seen: Seen, _remote: bool) -> list[str]:
            warnings = self._hosts().judge(definition, seen, () if by_user else named)
            try:
                self._hosts().check(definition, seen, named=named if before is not None else (), before=known)
            except ServerMoved as moved:
                if not (choices.accept_server or (choices.ask_server is not None and choices.ask_server(moved))):
                    raise
            self._hosts().remember(definition, seen)
            return warnings

        return check

    def _document(self, source: SpecSource) -> tuple[Any, Importer]:
        """Return the description at ``source``, and its importer."""
        from composio.catalog.compile import importer_for

        fetched = self._fetch(source, folder=Path.cwd(), cache=self._home.folder("cache"), progress=self._progress)
        name = public(source.url or source.path)
        document = self._compiler().bundle(source, Path.cwd(), fetched.data, name).document
        return document, importer_for(document, self._importers(), name)

    def _ask(self, key: str, server: PeerServer, asked: Asked, choices: Choices) -> tuple[Any, Importer]:
        """Return what a server offers now, limited to what its pin allows, and its importer."""
        from composio.catalog.compile import importer_for
        from composio.catalog.peers import read_kept, review, unread

        if self._read_peer is None:
            raise InvalidRequest(f"{key}: a description that a project adds is one document, not a server.")
        definition = self._known.definitions().get(key)
        mine = definition if definition is not None and definition.spec.server is not None else None
        # A program that needs credentials may not start without: it is read again once the app declares them.
        waits = mine is None and bool(server.command) and any(one.strip().lower() != "none" for one in asked.auth)
        document = unread(server) if waits else self._read_peer(key, server, mine.app if mine is not None else None)
        kept = read_kept(mine) if mine is not None else {}
        if document.get("unread") and kept.get("tools"):
            raise SourceUnavailable(
                f"{key}: its server lists its tools to signed-in users only: run `composio add {key}`, then"
                f" `composio apps update {key}`. The earlier tools stay in use."
            )
        document = review(kept, document, pinned=server.pin and not choices.accept_changes)
        return document, importer_for(document, self._importers(), key)

    def _discovery(self, source: SpecSource, base_url: str | None) -> Callable[[str], Any]:
        """Fetch what a provider publishes about itself, as named in the description at ``source``."""
        from composio.catalog.sources.discovery import Discovery

        def read(other: SpecSource) -> bytes:
            return self._fetch(other, folder=Path.cwd(), cache=self._home.folder("cache"), progress=self._progress).data

        return Discovery(source, base_url, read, self._hosts().refusal)
