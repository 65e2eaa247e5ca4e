"""Queries over everything that is sealed, for a change of the master key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from composio.store import rows, tables
from composio.store.database import Database
from composio.store.records import Sealed

__all__ = ["count", "key_ids", "not_under", "rewrap"]

# A kind is what the vault binds secrets to: its table, the column that names a row, and the one that names its tenant.
_KINDS: dict[str, tuple[sa.Table, str, str | None]] = {
    "integration": (tables.integrations, "id", None),
    "connection": (tables.connections, "id", "entity_id"),
    "authorization": (tables.authorizations, "state_hash", "entity_id"),
}


def not_under(database: Database, key_id: str, limit: int) -> list[tuple[str, str, str, Sealed]]:
    result: list[tuple[str, str, str, Sealed]] = []
    for kind, (table, name, tenant) in _KINDS.items():
        whose: sa.ColumnElement[str] = table.c[tenant] if tenant else sa.literal("")
        columns: list[sa.ColumnElement[Any]] = [table.c[name], whose, *rows.select(table, rows.SEALED)]
        statement: sa.Select[Any] = sa.select(*columns).where(_other(table, key_id)).limit(limit - len(result))
        result += [(kind, row[0], row[1], rows.as_sealed(row[2:])) for row in database.rows(statement)]
        if len(result) >= limit:
            break
    return result


def rewrap(database: Database, changes: Iterable[tuple[str, str, Sealed, Sealed]]) -> int:
    done = 0
    with database.write() as connection:
        for kind, row_id, old, new in changes:
            table, name, _ = _KINDS[kind]
            same = (
                table.c[name] == row_id,
                table.c.key_id == old.key_id,
                table.c.wrapped == old.wrapped,
                table.c.box == old.box,
            )
            done += connection.execute(sa.update(table).where(*same).values(rows.sealed_columns(new))).rowcount
    return done


def count(database: Database, not_under: str | None) -> int:
    total = 0
    for table, _, _ in _KINDS.values():
        statement = sa.select(sa.func.count()).select_from(table)
        if not_under is not None:
            statement = statement.where(_other(table, not_under))
        total += sum(row[0] for row in database.rows(statement))
    return total


def key_ids(database: Database) -> set[str]:
    """The master keys that something is sealed under."""
    found = sa.union(*(sa.select(table.c.key_id) for table, _, _ in _KINDS.values()))
    return {row[0] for row in database.rows(sa.select(found.subquery().c.key_id))}


def _other(table: sa.Table, key_id: str) -> sa.ColumnElement[bool]:
    """Two ranges of an index, where "is not" would read every row."""
    return sa.or_(table.c.key_id < key_id, table.c.key_id > key_id)
