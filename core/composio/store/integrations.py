"""Queries of integrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from composio.model.connection import Integration
from composio.store import rows
from composio.store.database import Database
from composio.store.records import Sealed
from composio.store.sealing import storable
from composio.store.tables import integrations as table

__all__ = ["add", "delete", "get", "list_integrations", "update"]

_SELECT = sa.select(*rows.select(table, rows.INTEGRATION, rows.SEALED))
_ONE = _SELECT.where(table.c.id == sa.bindparam("id"))


def add(database: Database, integration: Integration, sealed: Sealed) -> None:
    with database.write() as connection:
        row = rows.row_of(integration, rows.INTEGRATION, storable(connection, sealed))
        connection.execute(sa.insert(table).values(row))


def get(database: Database, integration_id: str) -> tuple[Integration, Sealed] | None:
    row = database.first(_ONE, {"id": integration_id})
    return _read(row) if row else None


def list_integrations(
    database: Database, app: str | None, auth_mode: str | None, limit: int | None, *, disabled: bool
) -> list[tuple[Integration, Sealed]]:
    statement = _SELECT.order_by(table.c.seq.desc()).limit(limit)
    if app is not None:
        statement = statement.where(table.c.app == app)
    if auth_mode is not None:
        statement = statement.where(table.c.auth_mode == auth_mode)
    if not disabled:
        statement = statement.where(table.c.enabled == sa.true())
    return [_read(row) for row in database.rows(statement)]


def update(database: Database, integration_id: str, now: float, sealed: Sealed | None, changes: dict[str, Any]) -> bool:
    with database.write() as connection:
        values = rows.as_changes(changes, rows.INTEGRATION, now)
        if sealed is not None:
            values |= rows.as_columns(storable(connection, sealed))
        return connection.execute(sa.update(table).where(table.c.id == integration_id).values(values)).rowcount == 1


def delete(database: Database, integration_id: str) -> bool:
    return database.change(sa.delete(table).where(table.c.id == integration_id)) == 1


def _read(row: Sequence[Any]) -> tuple[Integration, Sealed]:
    cut = len(rows.INTEGRATION)
    return rows.as_integration(row[:cut]), rows.as_sealed(row[cut:])
