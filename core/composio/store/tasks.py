"""What a migration left to do for a process that has the master keys."""

from __future__ import annotations

import sqlalchemy as sa

from composio.store.database import Database
from composio.store.tables import tasks as table

__all__ = ["finish", "has"]

_ONE = sa.select(table.c.name).where(table.c.name == sa.bindparam("name"))


def has(database: Database, name: str) -> bool:
    return database.first(_ONE, {"name": name}) is not None


def finish(database: Database, name: str) -> None:
    database.change(sa.delete(table).where(table.c.name == name))
