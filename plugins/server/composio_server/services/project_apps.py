"""Apps that projects add themselves, by the description of an API.

The rows list them, and every instance compiles them into a folder of its own home when a project's settings show a change:
``apps`` is a mark that each change renews.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from composio.embedded.layered import LayeredCatalog
from composio.errors import AppNotFound, ComposioError, nearest
from composio.model.app import AppModel
from composio.process.locks import file_lock
from composio.store.database import Database
from composio_server.services.backends import Backends
from composio_server.services.ids import make_id
from composio_server.services.projects import Projects
from composio_server.store.tables import project_apps as table

__all__ = ["ProjectApp", "ProjectApps"]

_log = logging.getLogger("composio.server")
SETTING: Final = "apps"
_MARK = "version"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectApp:
    """A project's settings for an app. ``url`` is the origin of the description, "" for an uploaded one.

    ``auth`` overrides the description's authentication, in the form of `composio apps add --auth`.
    """

    key: str
    url: str = ""
    base_url: str | None = None
    auth: tuple[str, ...] = ()
    updated_at: float = 0.0


class ProjectApps:
    """Add, list and remove them. Blocking: compiling a large description takes seconds."""

    def __init__(
        self, database: Database, backends: Backends, projects: Projects, now: Callable[[], float] = time.time
    ) -> None:
        self._database, self._backends, self._projects, self._now = database, backends, projects, now
        self._followed: dict[str, str | None] = {}

    def list_apps(self, project_id: str) -> list[ProjectApp]:
        """Return a project's own apps by key."""
        statement = sa.select(*_SAID).where(table.c.project_id == project_id).order_by(table.c.key)
        return [_read(row) for row in self._database.rows(statement)]

    def get(self, project_id: str, key: str) -> ProjectApp:
        """Return one of them. Raises ``AppNotFound``."""
        known = {one.key: one for one in self.list_apps(project_id)}
        if key not in known:
            raise AppNotFound(key, nearest(key, known))
        return known[key]

    def put(self, project_id: str, app: ProjectApp, document: bytes, *, accept_server: bool = False) -> AppModel:
        """Add an app, or replace one of the project's own; a failed compile changes nothing.

        Raises as ``LayeredCatalog.add``.
        """
        catalog, folder = self._catalog(project_id)
        with file_lock(_lock_of(folder)):
            self._catch_up(project_id, catalog, folder)
            added = catalog.add(
                app.key, document, url=app.url, base_url=app.base_url, auth=app.auth, accept_server=accept_server
            )
            row = {
                "url": app.url,
                "base_url": app.base_url,
                "auth": list(app.auth),
                "document": document,
                "version": make_id("v"),
                "updated_at": self._now(),
            }
            here = (table.c.project_id == project_id, table.c.key == added.key)
            with self._database.write() as transaction:
                if transaction.execute(sa.update(table).where(*here).values(row)).rowcount == 0:
                    transaction.execute(sa.insert(table).values(project_id=project_id, key=added.key, **row))
            self._mark(project_id, folder)
        return added

    def remove(self, project_id: str, key: str) -> None:
        """Remove one; its connections stay, but cannot be used any more. Raises ``AppNotFound``."""
        self.get(project_id, key)
        catalog, folder = self._catalog(project_id)
        with file_lock(_lock_of(folder)):
            self._catch_up(project_id, catalog, folder)
            self._database.change(sa.delete(table).where(table.c.project_id == project_id, table.c.key == key))
            if catalog.owns(key):
                catalog.remove(key)
            self._mark(project_id, folder)

    def follow(self, project_id: str, settings: Mapping[str, Any]) -> None:
        """Update this instance's apps of a project according to its ``settings``."""
        mark = settings.get(SETTING)
        if self._followed.get(project_id) == mark:
            return
        catalog, folder = self._catalog(project_id)
        with file_lock(_lock_of(folder)):
            self._catch_up(project_id, catalog, folder)

    def _catalog(self, project_id: str) -> tuple[LayeredCatalog, Path]:
        folder = self._backends.shared.home.folder(f"projects/{project_id}/catalog")
        return self._backends.of(project_id).catalog, folder

    def _mark(self, project_id: str, folder: Path) -> None:
        """Notify other instances of a change."""
        mark = make_id("apps")
        self._projects.change_settings(project_id, {SETTING: mark})
        (folder / _MARK).write_text(mark, encoding="utf-8")
        self._followed[project_id] = mark

    def _catch_up(self, project_id: str, catalog: LayeredCatalog, folder: Path) -> None:
        """Compile apps that others added, and drop those they removed.

        Another process may share the folder and have done it.
        """
        project = self._projects.get(project_id)
        mark = project.settings.get(SETTING) if project is not None else None
        if self._followed.get(project_id) == mark:
            return
        file = folder / _MARK
        if mark is not None and file.is_file() and file.read_text(encoding="utf-8") == mark:
            catalog.forget()
        elif mark is not None:
            self._rebuild(project_id, catalog)
            file.write_text(mark, encoding="utf-8")
        self._followed[project_id] = mark

    def _rebuild(self, project_id: str, catalog: LayeredCatalog) -> None:
        statement = sa.select(*_SAID, table.c.document).where(table.c.project_id == project_id)
        wanted = {row[0]: (_read(row), bytes(row[-1])) for row in self._database.rows(statement)}
        for one in catalog.own_apps():
            if one.key not in wanted:
                catalog.remove(one.key)
        for app, document in wanted.values():
            try:
                catalog.add(app.key, document, url=app.url, base_url=app.base_url, auth=app.auth, accept_server=True)
            except ComposioError as error:  # an older or newer version of the server wrote it
                _log.warning("the app %s of project %s can't be compiled: %s", app.key, project_id, error)


def _lock_of(folder: Path) -> Path:
    return folder / "change.lock"


_SAID = (table.c.key, table.c.url, table.c.base_url, table.c.auth, table.c.updated_at)


def _read(row: Sequence[Any]) -> ProjectApp:
    return ProjectApp(key=row[0], url=row[1], base_url=row[2], auth=tuple(row[3]), updated_at=row[4])
