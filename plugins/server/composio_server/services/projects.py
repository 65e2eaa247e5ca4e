"""Projects: whatever is stored belongs to one, and nothing crosses from one to another."""

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

__all__ = ["Project", "Projects"]

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """``settings`` are what its admins chose: branding, how long logs are kept. ``created_at`` is seconds since 1970."""

    id: str
    name: str
    created_at: float
    settings: Mapping[str, Any] = field(default_factory=dict)


class Projects:
    """Reads and writes projects. Blocking."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now

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
        """One project; None if there is none."""
        row = self._database.first(_ONE, {"id": project_id})
        return None if row is None else Project(id=row[0], name=row[1], settings=row[2], created_at=row[3])

    def list_projects(self) -> list[Project]:
        """Oldest first."""
        rows = self._database.rows(sa.select(*_COLUMNS).order_by(table.c.created_at, table.c.id))
        return [Project(id=row[0], name=row[1], settings=row[2], created_at=row[3]) for row in rows]


_COLUMNS = (table.c.id, table.c.name, table.c.settings, table.c.created_at)
_ONE = sa.select(*_COLUMNS).where(table.c.id == sa.bindparam("id"))
