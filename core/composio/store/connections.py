"""Queries of connections. Those that every call asks are one SELECT each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from composio.model.connection import Connection, ConnectionStatus
from composio.store import projects, rows
from composio.store.projects import Partition
from composio.store.records import Found, Sealed
from composio.store.sealing import storable
from composio.store.tables import connections as table
from composio.store.tables import integrations

__all__ = ["add", "delete", "get", "list_connections", "newest", "newest_usable", "update"]

# Databases take so many values in one statement; more are compared here.
_MOST_VALUES = 500
_JOINED = table.outerjoin(
    integrations, sa.and_(integrations.c.id == table.c.integration_id, projects.is_same_project(integrations, table))
)
_FOUND = projects.select(
    table, *rows.select(table, rows.CONNECTION, rows.SEALED), *rows.select(integrations, rows.INTEGRATION, rows.SEALED)
).select_from(_JOINED)
_USABLE = sa.and_(
    table.c.status == ConnectionStatus.ACTIVE.value, table.c.enabled == sa.true(), integrations.c.enabled == sa.true()
)
_ONE = _FOUND.where(table.c.id == sa.bindparam("id"))
_NEWEST = (
    _FOUND.where(table.c.entity_id == sa.bindparam("entity_id"), table.c.app == sa.bindparam("app"))
    .order_by(table.c.seq.desc())
    .limit(sa.literal_column("1"))
)
_NEWEST_USABLE = _NEWEST.where(_USABLE)


def add(part: Partition, connection: Connection, sealed: Sealed) -> None:
    with part.write() as transaction:
        row = rows.row_of(connection, rows.CONNECTION, storable(transaction.connection, sealed))
        part.insert(transaction, table, row)


def get(part: Partition, connection_id: str) -> Found | None:
    return part.first_as(_ONE, {"id": connection_id}, _find)


def newest(part: Partition, app: str, entity_id: str) -> Found | None:
    return part.first_as(_NEWEST, {"app": app, "entity_id": entity_id}, _find)


def newest_usable(part: Partition, app: str, entity_id: str) -> Found | None:
    return part.first_as(_NEWEST_USABLE, {"app": app, "entity_id": entity_id}, _find)


def list_connections(
    part: Partition,
    app: str | None,
    entity_ids: Sequence[str],
    integration_id: str | None,
    labels: Sequence[str],
    limit: int | None,
    *,
    usable: bool,
) -> list[Connection]:
    statement = projects.select(table, *rows.select(table, rows.CONNECTION)).order_by(table.c.seq.desc())
    if usable:
        statement = statement.select_from(_JOINED).where(_USABLE)
    if app is not None:
        statement = statement.where(table.c.app == app)
    if integration_id is not None:
        statement = statement.where(table.c.integration_id == integration_id)
    entities, wanted = set(entity_ids), set(labels)
    if 0 < len(entities) <= _MOST_VALUES:
        statement, entities = statement.where(table.c.entity_id.in_(sorted(entities))), set()
    if not entities and not wanted:
        statement = statement.limit(limit)
    read = (rows.as_connection(row) for row in part.rows(statement))
    return list(
        islice((one for one in read if wanted.issubset(one.labels) and (not entities or one.entity_id in entities)), limit)
    )


def update(
    part: Partition,
    connection_id: str,
    now: float,
    if_version: int | None,
    if_owner: str | None,
    sealed: Sealed | None,
    changes: dict[str, Any],
) -> Connection | None:
    values = rows.as_changes(changes, rows.CONNECTION, now)
    statement = projects.update(table).where(table.c.id == connection_id)
    if if_version is not None:
        statement = statement.where(table.c.version == if_version)
    if if_owner is not None:
        statement = statement.where(table.c.lease_owner == if_owner)
        values |= {"lease_owner": None, "lease_until": None}
    if sealed is not None or "status" in changes:
        # Not with a label: whoever renews tokens meanwhile must not take it for a newer grant, and throw away the one it got.
        values["version"] = table.c.version + 1
    read = projects.select(table, *rows.select(table, rows.CONNECTION)).where(table.c.id == connection_id)
    with part.write() as transaction:
        if sealed is not None:
            values |= rows.as_columns(storable(transaction.connection, sealed))
        if transaction.execute(statement.values(values)).rowcount != 1:
            return None
        return rows.as_connection(transaction.execute(read).one())


def delete(part: Partition, connection_id: str, if_version: int | None) -> bool:
    statement = projects.delete(table).where(table.c.id == connection_id)
    if if_version is not None:
        statement = statement.where(table.c.version == if_version)
    return part.change(statement) == 1


def _find(row: Sequence[Any]) -> Found:
    one, two = len(rows.CONNECTION), len(rows.CONNECTION) + len(rows.SEALED)
    three = two + len(rows.INTEGRATION)
    there = row[two] is not None
    return Found(
        connection=rows.as_connection(row[:one]),
        sealed=rows.as_sealed(row[one:two]),
        integration=rows.as_integration(row[two:three]) if there else None,
        integration_sealed=rows.as_sealed(row[three:]) if there else None,
    )
