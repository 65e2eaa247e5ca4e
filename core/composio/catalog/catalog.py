"""The catalog: every app that is known, and every action of those that were compiled.

An app is compiled when something of it is first asked for, then only read.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composio.catalog.apps import Known, KnownApps, prefix_of
from composio.catalog.aside import recover
from composio.catalog.database import FORMAT, Database
from composio.catalog.definition import AppDefinition, Progress, SpecSource, public
from composio.catalog.fingerprint import fingerprint
from composio.catalog.known import find_known, folders_below
from composio.catalog.read import ActionRow, Reader
from composio.errors import (
    ActionNotFound,
    ComposioError,
    ConfigurationError,
    IntegrationFileError,
    InvalidRequest,
    ServerMoved,
    SourceUnavailable,
    SpecError,
    TagNotFound,
    nearest,
)
from composio.former.apps import explain_missing
from composio.former.names import explain_gone
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.names import Tag
from composio.model.operating import NO_CHOICES, Choices, ServedTool
from composio.model.peers import PeerServer
from composio.model.response import DeclaredResponse
from composio.model.webhook import WebhookModel
from composio.plugin.spec import Importer
from composio.process.forks import cached
from composio.process.home import APPS, CATALOG, Home
from composio.process.locks import file_lock
from composio.schema.names import slugify

# What a warm process does not need is imported when something first uses it.
if TYPE_CHECKING:
    from composio.catalog.compile import Check, Compiler, Fetch, FunctionActions, Obtained
    from composio.catalog.hosts import Hosts, Judge, Seen
    from composio.catalog.install import Asked
    from composio.catalog.keptfiles import KeptFiles
    from composio.catalog.search import Hit, Searcher
    from composio.model.search import SearchModel

__all__ = ["Catalog", "ReadPeer"]

ReadPeer = Callable[[str, PeerServer, AppModel | None], Mapping[str, Any]]
"""Reads what a server of another protocol offers, for the app of that key; signed as the app says, where there is one."""

_log = logging.getLogger("composio")
# So many apps are all compiled for a search that names none; of more, as many as sound like what is searched for.
_FEW, _LIKELY = 30, 8
_AT_ONCE = 200  # actions of a walk
_LOOKS = 3  # at a catalog that changes while it is searched
_IMPORTANT = "important"
_SUGGESTED = 3
_SLIP = 0.92  # how alike a name is that was mistyped
_MANY = 4  # apps that are worth processes of their own
_NAMED = 10_000  # names whose actions are kept
_MOST_SHARING = 5  # operations of one name that an error names


def _fetch(source: SpecSource, *, folder: Path, cache: Path, progress: Progress | None) -> Obtained:
    from composio.catalog.sources.fetch import fetch

    return fetch(source, folder=folder, cache=cache, progress=progress)


class Catalog:
    """Thread-safe; several processes may share one home.

    ``folders`` gives those of the apps that plugins bring, and ``definitions`` further ones by key; users' own are read from the
    home. ``shipped`` gives compiled catalogs that plugins bring. ``function_actions`` gives an app's Python actions, ``connected`` counts its stored connections,
    ``judge`` says why a URL that a description names may not be reached, "" where it may, and ``read_peer`` asks a server of another
    protocol what it offers. Nothing is opened, read or fetched
    before the first question.
    """

    def __init__(
        self,
        home: Home,
        definitions: Callable[[], Mapping[str, AppDefinition]],
        importers: Callable[[], list[Importer]],
        *,
        folders: Callable[[], Iterable[Path]] = tuple,
        shipped: Callable[[], Sequence[Path]] = tuple,
        fetch: Fetch = _fetch,
        function_actions: FunctionActions | None = None,
        progress: Progress | None = None,
        connected: Callable[[str], int] = lambda _: 0,
        judge: Judge | None = None,
        read_peer: ReadPeer | None = None,
    ) -> None:
        self._home = home
        self._connected, self._judge, self._function_actions = connected, judge, function_actions
        self._read_peer = read_peer
        self._folders, self._importers, self._fetch = folders, importers, fetch
        self._database, self._shipped = Database(lambda: home.path / CATALOG, shipped), shipped
        self._read = Reader(self._database)
        self._progress = progress
        self.known = KnownApps(self._find_known, definitions, self._read)
        self._named: dict[str, tuple[Mapping[str, AppDefinition], tuple[int, int, int], ActionModel]] = {}
        self._current: dict[str, int] = {}  # apps known to be compiled from their definition, by the database's epoch

    # Parts, made on first use

    @cached
    def _hosts(self) -> Hosts:
        from composio.catalog.hosts import Hosts

        return Hosts(lambda: self._home.folder("servers"), self._connected, self._judge)

    @cached
    def _searcher(self) -> Searcher:
        from composio.catalog.search import Searcher

        return Searcher()

    @cached
    def _compiler(self) -> Compiler:
        from composio.catalog.compile import Compiler

        cache = self._home.folder
        return Compiler(
            self._database, self._importers, self._fetch, self._function_actions, lambda: cache("cache"), self._progress
        )

    @cached
    def kept_files(self) -> KeptFiles:
        """What other files of apps say, for who reads them."""
        from composio.catalog.keptfiles import KeptFiles

        return KeptFiles(self._database)

    # -- apps ---------------------------------------------------------------------------------------------------------

    def definitions(self) -> Mapping[str, AppDefinition]:
        """Every known app's definition by key, the plugins' before those that users added."""
        return self.known.definitions()

    def broken(self) -> Mapping[str, IntegrationFileError]:
        """What is wrong with the files of apps that can't be used for it, by key."""
        return self.known.broken()

    def knows(self, name: str) -> bool:
        """Whether there is an app of that key, be its file broken."""
        key = name.strip().lower()
        return key in self.definitions() or key in self.broken()

    def apps(self) -> list[AppModel]:
        """All known apps by key; ``compiled`` and the counts say what is known of their actions."""
        return self.known.apps()

    def app(self, name: str) -> AppModel:
        """One app, as it is; not compiled for being asked for. Raises ``AppNotFound``."""
        return self.known.app(name)

    def state(self) -> str:
        """A digest of what is compiled: for as long as it stays the same, every listing of actions does."""
        return hashlib.sha256(json.dumps(sorted(self.states().items())).encode()).hexdigest()

    def states(self) -> dict[str, str]:
        """A digest of each app that is compiled: for as long as it stays the same, every listing of its actions does."""
        known, compiled = self.definitions(), self._read.apps(self._read.compiled())
        told = {key: json.dumps([FORMAT, compiled[key].fingerprint]) for key in sorted(compiled) if key in known}
        return {key: hashlib.sha256(one.encode()).hexdigest() for key, one in told.items()}

    def tags(self, app: str) -> list[str]:
        """The tags of an app's actions, sorted."""
        return sorted({tag for row in self._rows(self.known.definition(app).app.key) for tag in row.tags})

    def warnings(self, app: str) -> list[str]:
        """What could not be read as an app's description or definition has it, one line each."""
        from composio.catalog.edits import read_record

        key = self._ensure(self.known.definition(app).app.key)
        found = self._read.app(key)
        record = read_record(self.known.definition(app).folder)
        return [*(record.notes if record else ()), *(found.warnings if found else ())]

    # -- actions ------------------------------------------------------------------------------------------------------

    def action(self, name: str) -> ActionModel:
        """The action that a slug, an alias or a long form means, in any case. Raises ``ActionNotFound``."""
        # Taken before asking: what was found before a change must not be kept as if after it.
        asked, definitions, version = str(name), self.definitions(), self._database.version()
        known = self._named.get(asked)
        if known is not None and known[0] is definitions and known[1] == version:
            return known[2]
        found = self._actions([self._find(name)], lambda: [self._find(name)])[0]
        if len(self._named) >= _NAMED:
            self._named.clear()
        self._named[asked] = definitions, version, found
        return found

    def responses(self, name: str) -> list[DeclaredResponse]:
        """What an action's description declares as answers."""
        return self._read.responses(self._find(name))

    def webhooks(self, app: str) -> list[WebhookModel]:
        """What an app's API sends by itself, its webhooks and callbacks, as its description has them."""
        return self._read.webhooks(self._ensure(self.known.definition(app).app.key))

    def select(
        self,
        *,
        names: Sequence[str] = (),
        apps: Sequence[str] = (),
        tags: Sequence[str] = (),
        everything: bool = False,
        limit: int | None = None,
    ) -> list[ActionModel]:
        """Actions by name, app and tag; see :class:`composio.backend.ActionQuery`. Tags alone look through what is compiled."""

        def ids() -> list[int]:
            found = [self._find(name) for name in names]
            found += self._select(apps, tags, everything)[: limit if limit is None else max(limit, 0)]
            return list(dict.fromkeys(found))

        return self._actions(ids(), ids)

    def walk(self, app: str) -> Iterator[ActionModel]:
        """Every action of an app, a few at a time and kept by nobody: for listings of tens of thousands."""
        ids = [row.id for row in self._rows(self._ensure(self.known.definition(app).app.key))]
        for start in range(0, len(ids), _AT_ONCE):
            yield from self._read.actions(ids[start : start + _AT_ONCE], keep=False)

    def search(self, use_case: str, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Slugs of the actions that fit a sentence, best first.

        Without ``apps`` those are searched that are compiled or that the sentence names. Raises ``InvalidRequest`` for a sentence
        without words, ``AppNotFound`` with the nearest names.
        """
        return self._search(self._searcher.search, use_case, apps, limit)

    def chain(self, use_case: str, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Slugs of the actions that do a task of several steps, in the order in which they are called. Looks where ``search`` does."""
        return self._search(self._searcher.chain, use_case, apps, limit)

    def _search(self, look: Callable[..., list[Hit]], use_case: str, apps: Sequence[str], limit: int) -> list[str]:
        from composio.catalog.search import check

        check(use_case)
        keys = [self._ensure(self.known.definition(app).app.key) for app in apps] or self._apps_to_search(use_case)
        names = {key: self.known.name_of(key) for key in keys}
        for _ in range(_LOOKS):
            version = self._database.version()
            found = self._database.read(partial(_ask, look, version, use_case, names, limit))
            # Whether hundreds of apps are current takes longer than to search them: only those are asked that were found.
            for app in dict.fromkeys(one.app for one in found):
                self._ensure(app)
            if self._database.version() == version:
                break
        return [one.slug for one in found]

    # -- changes ------------------------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        spec: str,
        base_url: str | None = None,
        *,
        allow_refs: Sequence[str] = (),
        auth: Sequence[str] = (),
        server: PeerServer | None = None,
        choices: Choices = NO_CHOICES,
    ) -> AppModel:
        """Add an app by the file or URL of its API description, or add it again; it is compiled at once.

        With ``server`` the description is read from that server, which ``spec`` then names for people.

        ``allow_refs`` are folders, files and URLs that the description may refer to outside of its own folder or host. ``auth``
        says how the API authenticates, such as ``bearer`` or ``header:X-Api-Key``, instead of what the description declares.
        What was edited in the ``integration.yaml`` of an app that is there stays; ``choices`` decide where that can't be.

        Raises ``InvalidRequest`` for a name that can't be or is a built-in app's and for edits that stand against the
        description, ``ConfigurationError`` if the home can't be written, ``ServerMoved``, ``SourceUnavailable`` and ``SpecError``.
        """
        from composio.catalog import added
        from composio.catalog.install import Asked

        key = added.key_of(name)
        if self.known.is_brought(key):
            raise InvalidRequest(f"{key!r} is a built-in app; add yours under another name.")
        self._home.lasting(f"The app {key}")
        asked = Asked(spec=spec, base_url=base_url, auth=tuple(auth), allow_refs=tuple(allow_refs), server=server)
        source = SpecSource(kind="peer", server=server) if server is not None else added.source_of(spec)
        self._install(key, replace(source, allow_refs=asked.allow_refs), asked, choices)
        self._ensure(key)
        if server is not None and self.unread(key):
            self._read_signed(key, choices)
        return self.app(key)

    def unread(self, key: str) -> bool:
        """Whether an app's server tells what it offers to users who signed in, and none had when it was last asked."""
        from composio.catalog.peers import read_kept

        definition = self.known.definition(key)
        return definition.spec.server is not None and bool(read_kept(definition).get("unread"))

    def changes(self, key: str) -> list[str]:
        """What changed of a server's tools when they were last read, a line each; see :mod:`composio.catalog.peers`."""
        from composio.catalog.peers import read_kept

        return [str(one) for one in read_kept(self.known.definition(key)).get("changes") or ()]

    def tools(self, key: str) -> list[ServedTool]:
        """What a server says of its tools; empty for other apps."""
        from composio.catalog.peers import tools_of

        return tools_of(self.known.definition(key))

    def _read_signed(self, key: str, choices: Choices) -> None:
        """Ask the server of an app that was just added once more, with credentials, where there are any."""
        try:
            self._fetch_anew(key, choices)
            self._ensure(key)
        except ConfigurationError as error:
            _log.debug("%s: its server was not asked with credentials: %s", key, error)

    def update(
        self,
        names: Iterable[str] = (),
        *,
        choices: Choices = NO_CHOICES,
        everything: bool = False,
        only_changed: bool = False,
    ) -> list[AppModel]:
        """Compile apps again from what their sources hold now: ``names``, else those that are compiled, or all with ``everything``.

        Without names, or with ``only_changed``, what was compiled from these packages, files and definitions stays as it is. An added app's copy of its
        description is fetched anew where it came from a URL, and its ``integration.yaml`` follows, as with :meth:`add`.

        An app that can't be compiled keeps what it has, and the others are updated all the same; then its error is raised, or
        ``SpecError`` that names all of them.
        """
        self._home.lasting("What is compiled")
        named = [self.known.definition(name).app.key for name in names]
        keys = named or (
            sorted(self.definitions()) if everything else [k for k in self._read.compiled() if k in self.definitions()]
        )
        for key in keys:
            self._forget(key)
        anew = [key for key in keys if not self._is_copied(key)]
        wanted = anew if named and not only_changed else [key for key in anew if not self._is_settled(key)]
        failed = self._build(wanted, choices)
        for key in keys:
            if key not in anew:
                try:
                    self._fetch_anew(key, choices)
                except ServerMoved:
                    raise
                except ComposioError as error:
                    failed[key] = error
            if key not in failed:
                self._current[key] = self._database.epoch
        if failed:
            raise _failure(failed, len(keys))
        return [self.app(key) for key in keys]

    def _is_copied(self, key: str) -> bool:
        """Whether an added app's description is a copy of what is at a URL."""
        spec = self.definitions()[key].spec
        return spec.kind == "file" and bool(spec.url or spec.server) and not self.known.is_brought(key)

    def _is_settled(self, key: str) -> bool:
        """Whether an app is compiled from what it would be compiled from now, as packages and files are what they were."""
        definition, compiled = self.definitions()[key], self._read.app(key)
        if compiled is None or any(spec.kind == "url" for spec in definition.specs):
            return False
        return compiled.fingerprint == fingerprint(definition, compiled.files)

    def _fetch_anew(self, key: str, choices: Choices) -> None:
        spec = self.known.definition(key).spec
        from composio.catalog.install import Asked
        from composio.catalog.peers import shown

        if spec.server is not None:
            asked = Asked(spec=shown(spec.server), anew=False, server=spec.server)
            self._install(key, replace(spec, kind="peer", path=""), asked, choices)
            return
        asked = Asked(spec=spec.url, allow_refs=spec.allow_refs, anew=False)
        self._install(key, replace(spec, kind="url", path=""), asked, choices)

    def _build(self, keys: Sequence[str], choices: Choices) -> dict[str, ComposioError]:
        """Compile apps, many at a time; what is wrong with those that could not be, by key."""
        failed: dict[str, ComposioError] = {}
        definitions = self.definitions()
        if len(keys) < _MANY:
            for key in keys:
                definition = definitions[key]
                try:
                    self._compile(definition, check=self._checks(definition, definition, choices))
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
            if self._read.app(definition.app.key) is None:  # as when it is first used
                return self._first_check(definition)
            return self._checks(definition, definition, choices)

        build = Build(self._database, setup, check, self._progress or announce)
        return build.run([definitions[key] for key in keys])

    def export(self, target: Path) -> int:
        """Write what is compiled of the apps that plugins bring into a file, for a package to carry; how many apps those are.

        Raises ``CatalogError`` where it can't be written.
        """
        from composio.catalog.shipped import export

        brought = [key for key in self.definitions() if self.known.is_brought(key)]
        return export(self._database, brought, self._folders(), target)

    def make_vectors(self, names: Iterable[str] = (), *, models: Iterable[str] = ()) -> int:
        """Make what is missing of the vectors of ``names``, else of all compiled apps, for ``models``, else all installed ones.

        Gives how many were made; it takes a twentieth of a second for an action. Raises ``ConfigurationError`` without a model.
        """
        from composio.catalog.meant import make_vectors
        from composio.catalog.sources.announce import announce

        self._home.lasting("What is made for search")
        keys = [self._ensure(self.known.definition(name).app.key) for name in names]
        keys = keys or [self._ensure(key) for key in self._read.compiled() if key in self.definitions()]
        titles = {key: self.known.name_of(key) for key in keys}
        return make_vectors(self._database, self._read, titles, self._progress or announce, models=models)

    def search_models(self) -> list[SearchModel]:
        """The models that search can use beside words: whether each is installed, and how many actions have vectors for it."""
        from composio.catalog.meant import search_models

        return search_models(self._database)

    def remove(self, name: str) -> None:
        """Remove an app that was added. Raises ``AppNotFound``, and ``InvalidRequest`` for a built-in one."""
        from composio.catalog.search.vectors import forget
        from composio.catalog.tables import remove

        self.definitions()
        key = name.strip().lower() if name.strip().lower() in self.broken() else self.known.definition(name).app.key
        if self.known.is_brought(key):
            raise InvalidRequest(f"{key!r} is a built-in app and can't be removed; uninstalling its package removes it.")
        self._home.lasting(f"The removal of {key}")
        shutil.rmtree(self._home.folder(APPS) / key, ignore_errors=True)
        with self._database.write() as connection:
            remove(connection, key)
            forget(connection, key)
        self._forget(key)

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        self._database.close()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _find_known(self) -> Known:
        apps = self._home.path / APPS
        recover(apps)
        return find_known(self._database, self._folders(), folders_below(apps))

    def _install(self, key: str, source: SpecSource, asked: Asked, choices: Choices) -> None:
        """Write an added app's folder and compile it; what can't be compiled leaves the app as it was."""
        from composio.catalog.install import install

        document, importer = self._document(source) if source.server is None else self._ask(key, source.server, asked, choices)

        def compile_(definition: AppDefinition, before: AppDefinition | None) -> None:
            try:
                check = self._checks(definition, before, choices, by_user=bool(asked.auth))
                self._compile(definition, may_be_empty=source.server is not None, check=check)
            except ServerMoved:
                raise
            except SpecError as error:
                raise SpecError(f"{public(asked.spec)}: {error}") from None

        discover = self._discovery(source, asked.base_url) if source.server is None else None
        install(key, self._home.folder(APPS) / key, document, importer, asked, choices, compile_, discover)
        self._forget(key)

    def _checks(
        self, definition: AppDefinition, before: AppDefinition | None, choices: Choices, *, by_user: bool = False
    ) -> Check:
        """What is asked before an app that is added or updated is replaced: whether its servers may be what they are.

        ``before`` is what it was, None for a new one; ``by_user`` says that its schemes are the user's word.
        """
        from composio.catalog.hosts import addresses_of

        known = addresses_of(before) if before is not None else set()
        named = addresses_of(definition) - known

        def check(seen: Seen, _remote: bool) -> list[str]:
            warnings = self._hosts.judge(definition, seen, () if by_user else named)
            try:
                self._hosts.check(definition, seen, named=named if before is not None else (), before=known)
            except ServerMoved as moved:
                if not (choices.accept_server or (choices.ask_server is not None and choices.ask_server(moved))):
                    raise
            self._hosts.remember(definition, seen)
            return warnings

        return check

    def _document(self, source: SpecSource) -> tuple[Any, Importer]:
        """The description at ``source``, and the importer that reads it."""
        from composio.catalog.compile import importer_for

        fetched = self._fetch(source, folder=Path.cwd(), cache=self._home.folder("cache"), progress=self._progress)
        name = public(source.url or source.path)
        document = self._compiler.bundle(source, Path.cwd(), fetched.data, name).document
        return document, importer_for(document, self._importers(), name)

    def _ask(self, key: str, server: PeerServer, asked: Asked, choices: Choices) -> tuple[Any, Importer]:
        """What a server offers now, changed as little as its pin says, and the importer that reads it."""
        from composio.catalog.compile import importer_for
        from composio.catalog.peers import read_kept, review, unread

        if self._read_peer is None:
            raise InvalidRequest(f"{key}: a description that a project adds is one document, not a server.")
        definition = self.definitions().get(key)
        mine = definition if definition is not None and definition.spec.server is not None else None
        # A program that wants credentials may not even start without: it is asked when the app is there to say which.
        waits = mine is None and bool(server.command) and any(one.strip().lower() != "none" for one in asked.auth)
        document = unread(server) if waits else self._read_peer(key, server, mine.app if mine is not None else None)
        kept = read_kept(mine) if mine is not None else {}
        if document.get("unread") and kept.get("tools"):
            raise SourceUnavailable(
                f"{key}: its server tells what it offers to users who signed in: run `composio add {key}`, then"
                f" `composio apps update {key}`. The tools that were read before stay in use."
            )
        document = review(kept, document, pinned=server.pin and not choices.accept_changes)
        return document, importer_for(document, self._importers(), key)

    def _discovery(self, source: SpecSource, base_url: str | None) -> Callable[[str], Any]:
        """Gets what a provider publishes of itself, as the description at ``source`` names it."""
        from composio.catalog.sources.discovery import Discovery

        def read(other: SpecSource) -> bytes:
            return self._fetch(other, folder=Path.cwd(), cache=self._home.folder("cache"), progress=self._progress).data

        return Discovery(source, base_url, read, self._hosts.refusal)

    def _forget(self, key: str) -> None:
        self.known.forget()
        self._current.pop(key, None)

    def _ensure(self, key: str) -> str:
        """Compile ``key`` unless it is compiled from its definition as it is now."""
        if self._current.get(key) == self._database.epoch:
            return key
        definition = self.definitions()[key]
        compiled = self._read.app(key)
        wanted = fingerprint(definition, compiled.files if compiled else ())
        if compiled is None or compiled.fingerprint != wanted:
            try:
                self._compile(definition, wanted)
            except (SourceUnavailable, SpecError) as error:
                if compiled is None:
                    raise
                _log.warning("%s: its description has changed and can't be used; the previous one stays in use. %s", key, error)
        self._current[key] = self._database.epoch
        return key

    def _compile(
        self,
        definition: AppDefinition,
        unless: str | None = None,
        *,
        may_be_empty: bool = True,
        check: Check | None = None,
    ) -> None:
        """Compile one app, one process at a time; not if another one did so meanwhile (``unless`` is its fingerprint)."""
        key = definition.app.key
        with file_lock(self._home.folder("locks") / f"{key}.lock"):
            if unless is not None and (now := self._read.app(key)) is not None and now.fingerprint == unless:
                return
            if unless is not None and (shipped := self._shipped()):
                from composio.catalog.shipped import take

                if take(self._database, shipped, key, unless):
                    return
            self._compiler.compile(definition, may_be_empty=may_be_empty, check=check or self._first_check(definition))

    def _first_check(self, definition: AppDefinition) -> Check:
        """What is asked before an app is compiled without anybody having asked for that: only a URL says something new by itself."""

        def check(seen: Seen, remote: bool) -> list[str]:
            if remote:
                self._hosts.check(definition, seen)
            self._hosts.remember(definition, seen)
            return []

        return check

    def _actions(self, ids: list[int], again: Callable[[], list[int]]) -> list[ActionModel]:
        found = self._read.actions(ids)
        # An app that was compiled again in between has new ids: ask once more.
        return found if len(found) == len(ids) else self._read.actions(again())

    def _rows(self, key: str) -> list[ActionRow]:
        # Once more where reading showed that the file was corrupt and it was set aside.
        return self._read.rows(self._ensure(key)) or self._read.rows(self._ensure(key))

    def _find(self, name: str) -> int:
        wanted = str(name).strip().upper()
        if (app := wanted.lower()) in self.definitions():
            raise ActionNotFound(str(name), hint=f"{app!r} is an app: apps=[{app!r}] asks for its tools.")
        candidates = self.known.owners_of(wanted)
        for key in candidates:
            found = self._read.find(wanted, [self._ensure(key)])
            if found is not None:
                return found
        compiled = [key for key in self._read.compiled() if key in self.definitions()]
        found = self._read.find(wanted, [self._ensure(key) for key in compiled])
        if found is not None:
            return found
        for key, error in sorted(self.broken().items(), key=lambda one: -len(one[0])):
            if wanted.startswith(prefix_of(key)):
                raise error
        lost = self._read.why_lost(wanted, candidates or compiled)
        if lost is not None and lost.slugs:
            raise ActionNotFound(str(name), lost.slugs[:_MOST_SHARING], why=str(lost))
        gone = "" if candidates else explain_gone(wanted) or explain_missing(wanted)
        similar = [] if gone else self._similar(wanted, candidates or compiled)
        raise ActionNotFound(str(name), similar, why=str(lost or ""), hint=gone)

    def _similar(self, name: str, apps: Iterable[str]) -> list[str]:
        """Known names like ``name``, mistyped ones first, then by what its words mean, then by spelling.

        Compared without the app's own name, which would make all of an app's actions alike.
        """
        own = {key: prefix_of(key) for key in apps}
        prefix = next((p for p in own.values() if name.startswith(p)), "")
        version = self._database.version()
        words = name.removeprefix(prefix).replace("_", " ").lower()
        meant = self._database.read(lambda c: self._searcher.search_name(c, version, words, own, _SUGGESTED))
        known = {n.removeprefix(prefix): n for n in self._read.names(own)}
        typed = get_close_matches(name.removeprefix(prefix), known, _SUGGESTED, _SLIP)
        found = list(dict.fromkeys((*(known[n] for n in typed), *meant)))
        if len(found) < _SUGGESTED:
            found += [known[n] for n in nearest(name.removeprefix(prefix), known) if known[n] not in found]
        return found[:_SUGGESTED]

    def _select(self, apps: Sequence[str], tags: Sequence[str], everything: bool) -> list[int]:
        if not apps and not tags:
            return []
        named = " ".join(str(tag) for tag in tags if str(tag).isupper())
        keys = list(dict.fromkeys(self.known.definition(app).app.key for app in apps)) or self._apps_to_search(named)
        rows = {key: self._rows(self._ensure(key)) for key in keys}
        if tags:
            fits = _tag_filter(tags, rows)
            return [row.id for key in keys for row in rows[key] if fits(key, row)]
        return [row.id for key in keys for row in rows[key] if everything or row.important]

    def _apps_to_search(self, text: str) -> list[str]:
        """Where to look when no app was named: what is compiled, and what ``text`` names; else those whose files sound like it."""
        known = self.definitions()
        said = f"_{slugify(f'{text} ')}_"
        compiled = set(self._read.compiled())
        # Users edit what they added: that is looked at each time.
        keys = [
            key if key in compiled and self.known.is_brought(key) else self._ensure(key)
            for key in known
            if key in compiled or _padded(key) in said or _padded(self.known.name_of(key)) in said
        ]
        return keys or [self._ensure(key) for key in self._likely(text, known)]

    def _likely(self, text: str, known: Mapping[str, AppDefinition]) -> list[str]:
        """The apps to compile for a task where none is compiled: all if they are few, as compiling hundreds takes minutes."""
        if len(known) <= _FEW:
            return list(known)
        from composio.catalog.search.words import asked, stems

        wanted = set(asked(text))
        told = {k: f"{one.app.name} {one.app.description} {' '.join(one.app.categories)}" for k, one in known.items()}
        fit = {key: len(wanted.intersection(stems(words))) for key, words in told.items()}
        likely = sorted((key for key, count in fit.items() if count), key=lambda key: (-fit[key], key))[:_LIKELY]
        if not likely:
            raise InvalidRequest(
                "No app is compiled yet, and none of them sounds like it. Name some (apps=[...]; `composio apps` lists them), or"
                " compile all of them once: `composio apps update --all`."
            )
        _log.info("Searching %s: no other app is compiled yet; `composio apps update --all` compiles them", ", ".join(likely))
        return likely


def _ask(look: Callable[..., list[Hit]], *asked: object) -> list[Hit]:
    """Ask the searcher, whose first argument is the connection that comes last here."""
    *more, connection = asked
    return look(connection, *more)


@lru_cache(maxsize=4096)
def _padded(name: str) -> str:
    """A name as it stands between other words of a slug."""
    return f"_{slugify(name)}_"


def _failure(failed: Mapping[str, ComposioError], of: int) -> ComposioError:
    """One error for all apps that could not be updated."""
    if of == 1:
        return next(iter(failed.values()))
    listed = "\n".join(f"  {key}: {error}" for key, error in sorted(failed.items()))
    return SpecError(f"{len(failed)} of {of} apps could not be updated, and stay as they were:\n{listed}")


def _tag_filter(tags: Sequence[str], rows: Mapping[str, Sequence[ActionRow]]) -> Callable[[str, ActionRow], bool]:
    """Whether an app's action has one of ``tags``.

    A tag is spelled exactly; in any spelling where it came without a case; or as v0.7 had it, in upper case after its app's
    name: ``GITHUB_ISSUES``. Raises ``TagNotFound`` for a tag that none of ``rows`` has.
    """
    known = {key: {tag for row in rows[key] for tag in row.tags} for key in rows}
    wanted: set[tuple[str, str]] = set()
    for tag in tags:
        text = str(tag)
        found = {(key, text) for key in known if text in known[key] or text == _IMPORTANT}
        if isinstance(tag, Tag) and tag.any_case:
            found = {(key, one) for key in known for one in known[key] if _alike(one) == _alike(text)}
        if not found and text.isupper():
            found = _of_an_app(text, known)
        if not found and text != _IMPORTANT:
            raise TagNotFound(text, nearest(text, [*set().union(*known.values()), _IMPORTANT]))
        wanted |= found
    return lambda key, row: (row.important and (key, _IMPORTANT) in wanted) or any((key, one) in wanted for one in row.tags)


def _of_an_app(text: str, known: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """What v0.7 called ``APP_TAG``; its ``DEFAULT`` was every app's ``important``."""
    if text == "DEFAULT":
        return {(key, _IMPORTANT) for key in known}
    own = {key: text.removeprefix(prefix_of(key)) for key in known if text.startswith(prefix_of(key))}
    return {(key, one) for key, rest in own.items() for one in {*known[key], _IMPORTANT} if _alike(one) == _alike(rest)}


def _alike(tag: str) -> str:
    return slugify(tag.casefold())
