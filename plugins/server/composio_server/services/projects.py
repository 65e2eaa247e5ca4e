"""Projects: every row belongs to one, and no data crosses between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from composio.errors import InvalidRequest
from composio.store.database import Database
from composio_server.services.ids import make_id
from composio_server.store.tables import projects as table

__all__ = ["LOCAL", "Project", "Projects"]

LOCAL = "local"
"""The name in URLs for the project of an embedded home, whose id is empty."""

_LONGEST_NAME = 200
_SETTLED = 5.0  # seconds for which settings are cached


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """``settings`` are its admins' choices: branding, log retention. ``created_at`` is seconds since 1970."""

    id: str
    name: str
    created_at: float
    settings: Mapping[str, Any] = field(default_factory=dict)


class Projects:
    """Read and write projects. Blocking."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now
        self._settings: dict[str, tuple[float, Mapping[str, Any]]] = {}

    def create(self, name: str) -> Project:
        """Add one. Raises ``InvalidRequest`` for a name that is empty or longer than 200 characters."""
        name = name.strip()
        if not 0 < len(name) <= _LONGEST_NAME:
            raise InvalidRequest(f"A project's name has 1 to {_LONGEST_NAME} characters; this one has {len(name)}.")
        project = Project(id=make_id("pr"), name=name, created_at=self._now())
        row = {"id": project.id, "name": project.name, "settings": {}, "created_at": project.created_at}
        self._database.change(sa.insert(table).values(row))
        return project

    def get(self, project_id: str) -> Project | None:
        """Return one project; None if there is none."""
        row = self._database.first(_ONE, {"id": project_id})
        return None if row is None else Project(id=row[0], name=row[1], settings=row[2], created_at=row[3])

    def known_settings(self, project_id: str) -> Mapping[str, Any] | None:
        """Return a project's cached settings; None if :meth:`settings` must read them."""
        read_at, settings = self._settings.get(project_id, (-_SETTLED, {}))
        return settings if self._now() - read_at < _SETTLED else None

    def settings(self, project_id: str) -> Mapping[str, Any]:
        """Return a project's settings; empty if there is no such project."""
        project = self.get(project_id)
        settings = project.settings if project else {}
        self._settings[project_id] = (self._now(), settings)
        return settings

    def change_settings(self, project_id: str, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change some of them; None restores the default. Other instances see it within 5 seconds."""
        with self._database.write() as connection:
            row = connection.execute(sa.select(table.c.settings).where(table.c.id == project_id).with_for_update()).first()
            settings = {name: value for name, value in {**(row[0] if row else {}), **changes}.items() if value is not None}
            connection.execute(sa.update(table).where(table.c.id == project_id).values(settings=settings))
        self._settings.pop(project_id, None)
        return settings

    def list_projects(self) -> list[Project]:
        """Return all projects, oldest first."""
        rows = self._database.rows(sa.select(*_COLUMNS).order_by(table.c.created_at, table.c.id))
        return [Project(id=row[0], name=row[1], settings=row[2], created_at=row[3]) for row in rows]


_COLUMNS = (table.c.id, table.c.name, table.c.settings, table.c.created_at)
_ONE = sa.select(*_COLUMNS).where(table.c.id == sa.bindparam("id"))
