"""Queries of users who are on the way to a provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from composio.store import rows
from composio.store.database import Database
from composio.store.records import Authorization, Sealed
from composio.store.sealing import storable
from composio.store.tables import authorizations as table

__all__ = ["add", "claim_poll", "get", "purge", "use", "waiting"]

_SELECT = sa.select(*rows.select(table, rows.AUTHORIZATION, rows.SEALED))
_ONE = _SELECT.where(table.c.state_hash == sa.bindparam("state_hash"))
_WAITING = (
    _SELECT.where(table.c.connection_id == sa.bindparam("connection_id"), table.c.used_at.is_(None))
    .order_by(table.c.seq.desc())
    .limit(sa.literal_column("1"))
)


def add(database: Database, authorization: Authorization, sealed: Sealed) -> None:
    with database.write() as connection:
        row = rows.row_of(authorization, rows.AUTHORIZATION, storable(connection, sealed))
        connection.execute(sa.insert(table).values(row))


def get(database: Database, state_hash: str) -> tuple[Authorization, Sealed] | None:
    row = database.first(_ONE, {"state_hash": state_hash})
    return _read(row) if row else None


def waiting(database: Database, connection_id: str) -> tuple[Authorization, Sealed] | None:
    row = database.first(_WAITING, {"connection_id": connection_id})
    return _read(row) if row else None


def use(database: Database, state_hash: str, now: float) -> bool:
    unused = sa.update(table).where(table.c.state_hash == state_hash, table.c.used_at.is_(None), table.c.expires_at > now)
    return database.change(unused.values(used_at=now)) == 1


def claim_poll(database: Database, state_hash: str, now: float, next_poll_at: float) -> bool:
    due = sa.or_(table.c.next_poll_at.is_(None), table.c.next_poll_at <= now)
    statement = sa.update(table).where(table.c.state_hash == state_hash, table.c.used_at.is_(None), due)
    return database.change(statement.values(next_poll_at=next_poll_at)) == 1


def purge(database: Database, before: float) -> int:
    return database.change(sa.delete(table).where(table.c.expires_at < before))


def _read(row: Sequence[Any]) -> tuple[Authorization, Sealed]:
    cut = len(rows.AUTHORIZATION)
    return rows.as_authorization(row[:cut]), rows.as_sealed(row[cut:])
