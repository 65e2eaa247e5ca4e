"""Queries of users who are at a provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from composio.errors import StoreError
from composio.store import projects, rows
from composio.store.projects import Partition
from composio.store.records import Authorization, Sealed
from composio.store.sealing import storable
from composio.store.tables import authorizations as table
from composio.store.tables import connections

__all__ = ["add", "claim_poll", "get", "project_of", "purge", "use", "waiting"]

_SELECT = projects.select(table, *rows.select(table, rows.AUTHORIZATION, rows.SEALED))
_ONE = _SELECT.where(table.c.state_hash == sa.bindparam("state_hash"))
_WAITING = (
    _SELECT.where(table.c.connection_id == sa.bindparam("connection_id"), table.c.used_at.is_(None))
    .order_by(table.c.seq.desc())
    .limit(sa.literal_column("1"))
)

# Of any project: a returning user brings only the state.
_WHOSE = sa.select(table.c.project_id).where(table.c.state_hash == sa.bindparam("state_hash"))


def add(part: Partition, authorization: Authorization, sealed: Sealed) -> None:
    its = projects.select(connections, connections.c.seq).where(connections.c.id == authorization.connection_id)
    with part.write() as transaction:
        row = rows.row_of(authorization, rows.AUTHORIZATION, storable(transaction.connection, sealed))
        # The database itself only knows that somebody has such a connection.
        if transaction.execute(its).first() is None:
            raise StoreError(f"There is no connection {authorization.connection_id!r} to be authorized. Nothing was stored.")
        part.insert(transaction, table, row)


def get(part: Partition, state_hash: str) -> tuple[Authorization, Sealed] | None:
    row = part.first(_ONE, {"state_hash": state_hash})
    return _read(row) if row else None


def waiting(part: Partition, connection_id: str) -> tuple[Authorization, Sealed] | None:
    row = part.first(_WAITING, {"connection_id": connection_id})
    return _read(row) if row else None


def use(part: Partition, state_hash: str, now: float) -> bool:
    unused = projects.update(table).where(table.c.state_hash == state_hash, table.c.used_at.is_(None), table.c.expires_at > now)
    return part.change(unused.values(used_at=now)) == 1


def claim_poll(part: Partition, state_hash: str, now: float, next_poll_at: float) -> bool:
    due = sa.or_(table.c.next_poll_at.is_(None), table.c.next_poll_at <= now)
    statement = projects.update(table).where(table.c.state_hash == state_hash, table.c.used_at.is_(None), due)
    return part.change(statement.values(next_poll_at=next_poll_at)) == 1


def purge(part: Partition, before: float) -> int:
    return part.change(projects.delete(table).where(table.c.expires_at < before))


def project_of(whole: Partition, state_hash: str) -> str | None:
    row = whole.first(_WHOSE, {"state_hash": state_hash})
    return None if row is None else str(row[0])


def _read(row: Sequence[Any]) -> tuple[Authorization, Sealed]:
    cut = len(rows.AUTHORIZATION)
    return rows.as_authorization(row[:cut]), rows.as_sealed(row[cut:])
