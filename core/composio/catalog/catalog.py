"""The catalog: every known app, and every action of the compiled ones.

An app is compiled on the first access to its actions, then only read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from composio.catalog.apps import Known, KnownApps
from composio.catalog.aside import recover
from composio.catalog.compiled import CompiledApps
from composio.catalog.database import FORMAT, Database
from composio.catalog.definition import AppDefinition, Progress, SpecSource
from composio.catalog.finder import ActionFinder
from composio.catalog.known import find_known, folders_below
from composio.catalog.read import Reader
from composio.errors import (
    ComposioError,
    IntegrationFileError,
    InvalidRequest,
    ServerMoved,
    SpecError,
)
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.operating import NO_CHOICES, Choices, ServedTool
from composio.model.peers import PeerServer
from composio.model.response import DeclaredResponse
from composio.model.webhook import WebhookModel
from composio.plugin.spec import Importer
from composio.process.forks import cached
from composio.process.home import APPS, CATALOG, Home

# Modules that a warm process does not need are imported on first use.
if TYPE_CHECKING:
    from composio.catalog.changes import Changes, ReadPeer
    from composio.catalog.compile import Compiler, Fetch, FunctionActions, Obtained
    from composio.catalog.hosts import Hosts, Judge
    from composio.catalog.keptfiles import KeptFiles
    from composio.model.search import SearchModel

__all__ = ["Catalog"]

_AT_ONCE = 200  # actions of a walk
_NAMED = 10_000  # names with cached actions


def _fetch(source: SpecSource, *, folder: Path, cache: Path, progress: Progress | None) -> Obtained:
    from composio.catalog.sources.fetch import fetch

    return fetch(source, folder=folder, cache=cache, progress=progress)


class Catalog:
    """Thread-safe; several processes may share one home.

    ``folders`` returns those of the apps that plugins bring, and ``definitions`` further ones by key; users' apps are read from
    the home. ``shipped`` returns compiled catalogs of plugins. ``function_actions`` returns an app's Python actions,
    ``connected`` counts its stored connections, ``judge`` returns why a URL in a description is forbidden, "" if it is allowed,
    and ``read_peer`` reads what a server of another protocol offers. Nothing is opened, read or fetched before the first query.
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
        self._compiled = CompiledApps(
            home,
            self._database,
            self._read,
            self.known,
            compiler=lambda: self._compiler,
            hosts=lambda: self._hosts,
            shipped=shipped,
        )
        self._finder = ActionFinder(self._compiled)

    # Parts, created on first use

    @cached
    def _hosts(self) -> Hosts:
        from composio.catalog.hosts import Hosts

        return Hosts(lambda: self._home.folder("servers"), self._connected, self._judge)

    @cached
    def _compiler(self) -> Compiler:
        from composio.catalog.compile import Compiler

        cache = self._home.folder
        return Compiler(
            self._database, self._importers, self._fetch, self._function_actions, lambda: cache("cache"), self._progress
        )

    @cached
    def _changes(self) -> Changes:
        from composio.catalog.changes import Changes

        return Changes(
            self._compiled,
            importers=self._importers,
            fetch=self._fetch,
            function_actions=self._function_actions,
            progress=self._progress,
            read_peer=self._read_peer,
        )

    @cached
    def kept_files(self) -> KeptFiles:
        """Other files of apps, for the modules that read them."""
        from composio.catalog.keptfiles import KeptFiles

        return KeptFiles(self._database)

    # -- apps ---------------------------------------------------------------------------------------------------------

    def definitions(self) -> Mapping[str, AppDefinition]:
        """Return every known app's definition by key, those of plugins before those that users added."""
        return self.known.definitions()

    def broken(self) -> Mapping[str, IntegrationFileError]:
        """Return the errors of apps with a broken file, by key."""
        return self.known.broken()

    def knows(self, name: str) -> bool:
        """Return whether there is an app with that key, even with a broken file."""
        key = name.strip().lower()
        return key in self.definitions() or key in self.broken()

    def apps(self) -> list[AppModel]:
        """Return all known apps by key; ``compiled`` and the counts describe what is known of their actions."""
        return self.known.apps()

    def app(self, name: str) -> AppModel:
        """Return one app; this does not compile it. Raises ``AppNotFound``."""
        return self.known.app(name)

    def state(self) -> str:
        """Return a digest of what is compiled: while it is the same, so is every listing of actions."""
        return hashlib.sha256(json.dumps(sorted(self.states().items())).encode()).hexdigest()

    def states(self) -> dict[str, str]:
        """Return a digest for each compiled app: while it is the same, so is every listing of its actions."""
        known, compiled = self.definitions(), self._read.apps(self._read.compiled())
        told = {key: json.dumps([FORMAT, compiled[key].fingerprint]) for key in sorted(compiled) if key in known}
        return {key: hashlib.sha256(one.encode()).hexdigest() for key, one in told.items()}

    def tags(self, app: str) -> list[str]:
        """Return the tags of an app's actions, sorted."""
        return sorted({tag for row in self._compiled.rows(self.known.definition(app).app.key) for tag in row.tags})

    def warnings(self, app: str) -> list[str]:
        """Return what could not be read in an app's description or definition, one line each."""
        from composio.catalog.edits import read_record

        key = self._compiled.ensure(self.known.definition(app).app.key)
        found = self._read.app(key)
        record = read_record(self.known.definition(app).folder)
        return [*(record.notes if record else ()), *(found.warnings if found else ())]

    # -- actions ------------------------------------------------------------------------------------------------------

    def action(self, name: str) -> ActionModel:
        """Return the action with a slug, alias or long form, in any case. Raises ``ActionNotFound``."""
        # Read before the query: a result from before a change must not be cached as one from after it.
        asked, definitions, version = str(name), self.definitions(), self._database.version()
        known = self._named.get(asked)
        if known is not None and known[0] is definitions and known[1] == version:
            return known[2]
        found = self._actions([self._finder.find(name)], lambda: [self._finder.find(name)])[0]
        if len(self._named) >= _NAMED:
            self._named.clear()
        self._named[asked] = definitions, version, found
        return found

    def responses(self, name: str) -> list[DeclaredResponse]:
        """Return the responses that an action's description declares."""
        return self._read.responses(self._finder.find(name))

    def webhooks(self, app: str) -> list[WebhookModel]:
        """Return the webhooks and callbacks in the app's description."""
        return self._read.webhooks(self._compiled.ensure(self.known.definition(app).app.key))

    def select(
        self,
        *,
        names: Sequence[str] = (),
        apps: Sequence[str] = (),
        tags: Sequence[str] = (),
        everything: bool = False,
        limit: int | None = None,
    ) -> list[ActionModel]:
        """Return actions by name, app and tag; see :class:`composio.backend.ActionQuery`.

        Tags alone search what is compiled.
        """

        def ids() -> list[int]:
            found = [self._finder.find(name) for name in names]
            found += self._finder.select(apps, tags, everything)[: limit if limit is None else max(limit, 0)]
            return list(dict.fromkeys(found))

        return self._actions(ids(), ids)

    def walk(self, app: str) -> Iterator[ActionModel]:
        """Yield every action of an app in small batches, without caching: for listings of tens of thousands."""
        ids = [row.id for row in self._compiled.rows(self._compiled.ensure(self.known.definition(app).app.key))]
        for start in range(0, len(ids), _AT_ONCE):
            yield from self._read.actions(ids[start : start + _AT_ONCE], keep=False)

    def search(self, use_case: str, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Return the slugs of actions that match a sentence, best first.

        Without ``apps``, searches the apps that are compiled or named in the sentence. Raises ``InvalidRequest`` for a sentence
        without words, ``AppNotFound`` with the closest names.
        """
        return self._finder.search(use_case, apps, limit)

    def chain(self, use_case: str, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Return the slugs of the actions for a task of several steps, in call order. Searches the same apps as ``search``."""
        return self._finder.search(use_case, apps, limit, in_steps=True)

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
        """Add an app by the file or URL of its API description, or add it again; it is compiled immediately.

        With ``server`` the description is read from that server, and ``spec`` is its name for people.

        ``allow_refs`` are folders, files and URLs that the description may refer to outside its own folder or host. ``auth``
        declares how the API authenticates, such as ``bearer`` or ``header:X-Api-Key``, instead of the description. Edits in the
        ``integration.yaml`` of an existing app are kept; ``choices`` resolve conflicts.

        Raises ``InvalidRequest`` for an invalid name or a built-in app's, and for edits that conflict with the description;
        ``ConfigurationError`` if the home is not writable; ``ServerMoved``, ``SourceUnavailable`` and ``SpecError``.
        """
        from composio.catalog import added
        from composio.catalog.install import Asked

        key = added.key_of(name)
        if self.known.is_brought(key):
            raise InvalidRequest(f"{key!r} is a built-in app; add yours under another name.")
        self._home.lasting(f"The app {key}")
        asked = Asked(spec=spec, base_url=base_url, auth=tuple(auth), allow_refs=tuple(allow_refs), server=server)
        source = SpecSource(kind="peer", server=server) if server is not None else added.source_of(spec)
        self._changes.install(key, replace(source, allow_refs=asked.allow_refs), asked, choices)
        self._compiled.ensure(key)
        if server is not None and self.unread(key):
            self._changes.read_signed(key, choices)
        return self.app(key)

    def unread(self, key: str) -> bool:
        """Return whether an app's server lists its tools to signed-in users only, and nobody had signed in at the last read."""
        from composio.catalog.peers import read_kept

        definition = self.known.definition(key)
        return definition.spec.server is not None and bool(read_kept(definition).get("unread"))

    def changes(self, key: str) -> list[str]:
        """Return what changed in a server's tools at the last read, a line each; see :mod:`composio.catalog.peers`."""
        from composio.catalog.peers import read_kept

        return [str(one) for one in read_kept(self.known.definition(key)).get("changes") or ()]

    def tools(self, key: str) -> list[ServedTool]:
        """Return a server's instructions for its tools; empty for other apps."""
        from composio.catalog.peers import tools_of

        return tools_of(self.known.definition(key))

    def update(
        self,
        names: Iterable[str] = (),
        *,
        choices: Choices = NO_CHOICES,
        everything: bool = False,
        only_changed: bool = False,
    ) -> list[AppModel]:
        """Compile apps again from their current sources: ``names``, else the compiled ones, or all with ``everything``.

        Without names, or with ``only_changed``, apps with unchanged packages, files and definitions are skipped. An added app's
        copy of its description is fetched again if it came from a URL, and its ``integration.yaml`` is updated, as with
        :meth:`add`.

        An app that cannot be compiled keeps its old rows, and the others are updated; then its error is raised, or
        ``SpecError`` that names all of them.
        """
        self._home.lasting("What is compiled")
        named = [self.known.definition(name).app.key for name in names]
        keys = named or (
            sorted(self.definitions()) if everything else [k for k in self._read.compiled() if k in self.definitions()]
        )
        for key in keys:
            self._compiled.forget(key)
        anew = [key for key in keys if not self._changes.is_copied(key)]
        wanted = anew if named and not only_changed else [key for key in anew if not self._changes.is_settled(key)]
        failed = self._changes.build(wanted, choices)
        for key in keys:
            if key not in anew:
                try:
                    self._changes.fetch_anew(key, choices)
                except ServerMoved:
                    raise
                except ComposioError as error:
                    failed[key] = error
            if key not in failed:
                self._compiled.mark(key)
        if failed:
            raise _failure(failed, len(keys))
        return [self.app(key) for key in keys]

    def export(self, target: Path) -> int:
        """Write the compiled apps of plugins into a file for a package; return their number.

        Raises ``CatalogError`` if the file cannot be written.
        """
        from composio.catalog.shipped import export

        brought = [key for key in self.definitions() if self.known.is_brought(key)]
        return export(self._database, brought, self._folders(), target)

    def make_vectors(self, names: Iterable[str] = (), *, models: Iterable[str] = ()) -> int:
        """Create missing vectors of ``names``, else of all compiled apps, for ``models``, else all installed ones.

        Returns the number of new vectors; each takes a twentieth of a second. Raises ``ConfigurationError`` without a model.
        """
        from composio.catalog.meant import make_vectors
        from composio.catalog.sources.announce import announce

        self._home.lasting("What is made for search")
        keys = [self._compiled.ensure(self.known.definition(name).app.key) for name in names]
        keys = keys or [self._compiled.ensure(key) for key in self._read.compiled() if key in self.definitions()]
        titles = {key: self.known.name_of(key) for key in keys}
        return make_vectors(self._database, self._read, titles, self._progress or announce, models=models)

    def search_models(self) -> list[SearchModel]:
        """Return the models that search can use besides words: whether each is installed, and how many actions have vectors."""
        from composio.catalog.meant import search_models

        return search_models(self._database)

    def remove(self, name: str) -> None:
        """Remove an added app. Raises ``AppNotFound``, and ``InvalidRequest`` for a built-in one."""
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
        self._compiled.forget(key)

    def close(self) -> None:
        """Close the file; the next query opens it again."""
        self._database.close()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _find_known(self) -> Known:
        apps = self._home.path / APPS
        recover(apps)
        return find_known(self._database, self._folders(), folders_below(apps))

    def _actions(self, ids: list[int], again: Callable[[], list[int]]) -> list[ActionModel]:
        found = self._read.actions(ids)
        # An app that was compiled again in the meantime has new ids: query once more.
        return found if len(found) == len(ids) else self._read.actions(again())


def _failure(failed: Mapping[str, ComposioError], of: int) -> ComposioError:
    """Return one error for all apps that could not be updated."""
    if of == 1:
        return next(iter(failed.values()))
    listed = "\n".join(f"  {key}: {error}" for key, error in sorted(failed.items()))
    return SpecError(f"{len(failed)} of {of} apps could not be updated, and stay as they were:\n{listed}")
