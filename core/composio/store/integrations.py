"""Queries of integrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from composio.model.connection import Integration
from composio.store import projects, rows
from composio.store.projects import Partition
from composio.store.records import Sealed
from composio.store.sealing import storable
from composio.store.tables import integrations as table

__all__ = ["add", "delete", "get", "list_integrations", "update"]

_SELECT = projects.select(table, *rows.select(table, rows.INTEGRATION, rows.SEALED))
_ONE = _SELECT.where(table.c.id == sa.bindparam("id"))


def add(part: Partition, integration: Integration, sealed: Sealed) -> None:
    with part.write() as transaction:
        row = rows.row_of(integration, rows.INTEGRATION, storable(transaction.connection, sealed))
        part.insert(transaction, table, row)


def get(part: Partition, integration_id: str) -> tuple[Integration, Sealed] | None:
    row = part.first(_ONE, {"id": integration_id})
    return _read(row) if row else None


def list_integrations(
    part: Partition, app: str | None, auth_mode: str | None, limit: int | None, *, disabled: bool
) -> list[tuple[Integration, Sealed]]:
    statement = _SELECT.order_by(table.c.seq.desc()).limit(limit)
    if app is not None:
        statement = statement.where(table.c.app == app)
    if auth_mode is not None:
        statement = statement.where(table.c.auth_mode == auth_mode)
    if not disabled:
        statement = statement.where(table.c.enabled == sa.true())
    return [_read(row) for row in part.rows(statement)]


def update(part: Partition, integration_id: str, now: float, sealed: Sealed | None, changes: dict[str, Any]) -> bool:
    statement = projects.update(table).where(table.c.id == integration_id)
    with part.write() as transaction:
        values = rows.as_changes(changes, rows.INTEGRATION, now)
        if sealed is not None:
            values |= rows.as_columns(storable(transaction.connection, sealed))
        return transaction.execute(statement.values(values)).rowcount == 1


def delete(part: Partition, integration_id: str) -> bool:
    return part.change(projects.delete(table).where(table.c.id == integration_id)) == 1


def _read(row: Sequence[Any]) -> tuple[Integration, Sealed]:
    cut = len(rows.INTEGRATION)
    return rows.as_integration(row[:cut]), rows.as_sealed(row[cut:])
