"""Find the project of a user who returns from a provider: the ``state`` belongs to one project's connection."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from composio.store.database import Database
from composio.store.tables import authorizations as table

__all__ = ["Callbacks", "Waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The owner of a ``state``. ``used`` says that its user came back before."""

    project_id: str
    connection_id: str
    entity_id: str
    used: bool


class Callbacks:
    """Find states across projects; this reveals nothing about an unknown state. Blocking."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, state: str) -> Waiting | None:
        """Return the owner of ``state``; None if there is none."""
        digest = hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()
        row = self._database.first(_ONE, {"state_hash": digest})
        if row is None:
            return None
        return Waiting(project_id=str(row[0]), connection_id=row[1], entity_id=row[2], used=row[3] is not None)


_ONE = sa.select(table.c.project_id, table.c.connection_id, table.c.entity_id, table.c.used_at).where(
    table.c.state_hash == sa.bindparam("state_hash")
)
