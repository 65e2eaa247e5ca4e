"""The catalog of one project: its own apps, before those of all projects.

A project's description is untrusted: it is one document, which leads to no file and no URL by itself, and its
calls are limited to the public internet. Nothing of it is in the catalog that others read.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from composio.catalog.catalog import Catalog
from composio.catalog.definition import Progress, SpecSource
from composio.catalog.sources.fetch import Fetched, fetch
from composio.errors import ActionNotFound, IntegrationFileError, InvalidRequest, ServerMoved, SourceUnavailable, SpecError
from composio.model.action import ActionModel
from composio.model.app import AppModel, Provenance
from composio.model.operating import Choices
from composio.process.forks import cached, lock
from composio.process.home import APPS, Home

if TYPE_CHECKING:
    from composio.catalog.hosts import Judge
    from composio.plugin.spec import Importer

__all__ = ["LayeredCatalog"]

_UPLOADED = "/description"
_MOST = 50  # apps of one project: each is compiled, and searched for each name


class LayeredCatalog:
    """Reads like :class:`Catalog`. ``folder`` has the project's own apps, if there are any.

    ``judge`` returns why a URL is forbidden, ``connected`` counts the project's connections to an app.
    """

    def __init__(
        self,
        shared: Catalog,
        folder: Callable[[], Path],
        importers: Callable[[], list[Importer]],
        *,
        judge: Judge,
        connected: Callable[[str], int],
    ) -> None:
        self._shared, self._folder, self._importers = shared, folder, importers
        self._judge, self._connected = judge, connected
        self._pending: dict[str, bytes] = {}
        self._adding = lock()

    @cached
    def _home(self) -> Path:
        return self._folder()

    @cached
    def _made(self) -> Catalog:
        return Catalog(Home(self._home), dict, self._importers, fetch=self._fetch, judge=self._judge, connected=self._connected)

    @cached
    def _apps(self) -> str:
        return str(self._home / APPS)

    def _find(self) -> Catalog | None:
        """Return the catalog of the project's own apps; None if it has none. Every call checks this."""
        return self._made if os.path.isdir(self._apps) else None  # noqa: PTH112 - a path would cost three times as much

    def _fetch(self, source: SpecSource, *, folder: Path, cache: Path, progress: Progress | None) -> Fetched:
        """Read the description that is being added, or a stored one; nothing else is read for a tenant."""
        pending = self._pending.get(source.url or source.path)
        if pending is not None:
            digest = hashlib.sha256(pending).hexdigest()
            return Fetched(pending, Provenance(source=f"url:{source.url}" if source.url else "file:description", sha256=digest))
        if source.kind == "file" and (folder / source.path).resolve().is_relative_to(self._home.resolve()):
            return fetch(replace(source, url=""), folder=folder, cache=cache, progress=progress)
        raise SourceUnavailable(
            "A description that a project adds is one document: it can't refer to other files or addresses."
        )

    # Reading

    def owns(self, name: str) -> bool:
        """Return whether an app with that key is the project's own."""
        own = self._find()
        return own is not None and own.knows(name)

    def own_apps(self) -> list[AppModel]:
        """The apps that the project added."""
        own = self._find()
        return [] if own is None else [_as_tenants(one) for one in own.apps()]

    def knows(self, name: str) -> bool:
        """See :meth:`Catalog.knows`."""
        return self.owns(name) or self._shared.knows(name)

    def declared(self, name: str) -> AppModel:
        """See :meth:`KnownApps.declared`."""
        own = self._find()
        return (
            _as_tenants(own.known.declared(name)) if own is not None and own.knows(name) else self._shared.known.declared(name)
        )

    def apps(self) -> list[AppModel]:
        """See :meth:`Catalog.apps`."""
        own = {one.key: one for one in self.own_apps()}
        if not own:
            return self._shared.apps()
        return sorted([*own.values(), *(one for one in self._shared.apps() if one.key not in own)], key=lambda one: one.key)

    def app(self, name: str) -> AppModel:
        """See :meth:`Catalog.app`."""
        own = self._find()
        return _as_tenants(own.app(name)) if own is not None and own.knows(name) else self._shared.app(name)

    def action(self, name: str) -> ActionModel:
        """See :meth:`Catalog.action`."""
        own = self._find()
        if own is not None and not self._shared.knows(str(name)):
            try:
                return own.action(name)
            except ActionNotFound as error:
                missing = error
            try:
                return self._shared.action(name)
            except ActionNotFound as error:
                raise (missing if missing.suggestions else error) from None
        return self._shared.action(name)

    def select(
        self, *, apps: Sequence[str] = (), tags: Sequence[str] = (), everything: bool = False, limit: int | None = None
    ) -> list[ActionModel]:
        """See :meth:`Catalog.select`."""
        own = self._find()
        mine = [one for one in apps if own is not None and own.knows(one)]
        if own is None or (apps and not mine):
            return self._shared.select(apps=apps, tags=tags, everything=everything, limit=limit)
        others = [one for one in apps if one not in mine]
        if not apps:  # tags alone: those of the project's own apps are not visible to others
            return self._shared.select(tags=tags, everything=everything, limit=limit)
        found = own.select(apps=mine, tags=tags, everything=everything, limit=limit)
        if others:
            found += self._shared.select(apps=others, tags=tags, everything=everything, limit=limit)
        return found if limit is None else found[: max(limit, 0)]

    def walk(self, app: str) -> Iterator[ActionModel]:
        """See :meth:`Catalog.walk`."""
        own = self._find()
        return own.walk(app) if own is not None and own.knows(app) else self._shared.walk(app)

    def search(self, use_case: str, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """See :meth:`Catalog.search`."""
        return self._look("search", use_case, apps, limit)

    def chain(self, use_case: str, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """See :meth:`Catalog.chain`."""
        return self._look("chain", use_case, apps, limit)

    def _look(self, how: str, use_case: str, apps: Sequence[str], limit: int) -> list[str]:
        """Return matches from the project's own and the shared catalog alternately, as their scores are not comparable."""
        own = self._find()
        mine = [one for one in apps if own is not None and own.knows(one)]
        others = [one for one in apps if one not in mine]
        found: list[list[str]] = []
        if own is not None and (mine or not apps) and own.definitions():
            found.append(getattr(own, how)(use_case, apps=mine, limit=limit))
        if others or not apps:
            found.append(getattr(self._shared, how)(use_case, apps=others, limit=limit))
        longest = max(map(len, found), default=0)
        return list(dict.fromkeys(one[place] for place in range(longest) for one in found if place < len(one)))[:limit]

    def state(self) -> str:
        """See :meth:`Catalog.state`. Two projects with apps of their own never share one."""
        own = self._find()
        if own is None:
            return self._shared.state()
        return hashlib.sha256(f"{self._home} {own.state()} {self._shared.state()}".encode()).hexdigest()

    def states(self) -> dict[str, str]:
        """See :meth:`Catalog.states`. No two projects' own apps share one."""
        own = self._find()
        if own is None:
            return self._shared.states()
        mine = {key: hashlib.sha256(f"{self._home} {one}".encode()).hexdigest() for key, one in own.states().items()}
        return dict(sorted({**self._shared.states(), **mine}.items()))

    # Changing

    def add(
        self,
        name: str,
        document: bytes,
        *,
        url: str = "",
        base_url: str | None = None,
        auth: Sequence[str] = (),
        accept_server: bool = False,
    ) -> AppModel:
        """Add an app by the bytes of its description, or add it again; ``url`` is their origin.

        Raises as :meth:`Catalog.add`, and ``InvalidRequest`` for the name of a shared app.
        """
        from composio.catalog.added import key_of

        key = key_of(name)
        if self._shared.knows(key):
            raise InvalidRequest(f"{key!r} is an app that every project has; add yours under another name.")
        if not self.owns(key) and len(self.own_apps()) >= _MOST:
            raise InvalidRequest(f"A project has at most {_MOST} apps of its own; remove one first.")
        for one in filter(None, (url, base_url)):
            if why := self._judge(one, "the project"):
                raise InvalidRequest(f"{key}: {why}")
        spec, choices = url or _UPLOADED, Choices(replace=True, accept_server=accept_server)
        with self._adding:
            self._pending[spec] = document
            try:
                return _as_tenants(self._made.add(key, spec, base_url, auth=auth, choices=choices))
            except (SourceUnavailable, SpecError, IntegrationFileError) as error:
                # Pages ask about a moved server, which is the cause.
                cause = error if isinstance(error, ServerMoved) else None
                raise InvalidRequest(f"The description of {key}: {self._tell(error)}") from cause
            finally:
                del self._pending[spec]

    def _tell(self, error: Exception) -> str:
        """Return the tenant's error; it contains no path of this machine."""
        said = str(error).replace(f"{self._home}/", "").removeprefix(f"{_UPLOADED}: ")
        if any(str(one) in said for one in (self._home, *self._home.parents[:-1])):
            return "it can't be read, or refers to other files. Send one complete document."
        return said

    def remove(self, name: str) -> None:
        """Remove an app of the project's own. Raises ``AppNotFound``."""
        self._made.remove(name)

    def forget(self) -> None:
        """Read the folder again: another process changed it."""
        if (own := self._find()) is not None:
            own.known.forget()

    def clear(self) -> None:
        """Delete everything."""
        own = self._find()
        if own is not None:
            own.close()
            shutil.rmtree(self._home / APPS, ignore_errors=True)
            own.known.forget()

    def warnings(self, name: str) -> list[str]:
        """See :meth:`Catalog.warnings`, for an app of the project's own."""
        return self._made.warnings(name)


def _as_tenants(app: AppModel) -> AppModel:
    return replace(app, by_tenant=True)
