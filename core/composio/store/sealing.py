"""Queries over all encrypted values, and the retired master keys.

A rotation retires the old master key permanently. A value encrypted under it and not yet committed must not be stored: the key
would be gone when it is read. So the two take turns. A writer looks inside its transaction whether its key was retired, and
wraps again if it was (:func:`storable`). A rotation retires a key in a transaction of its own, only if nothing names it
(:func:`retire`). SQLite's writers exclude each other anyway; in PostgreSQL writers share a lock that retiring takes alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from composio.errors import VaultError
from composio.store import rows, tables
from composio.store.projects import Partition
from composio.store.records import Place, Sealed
from composio.store.triggers import tables as triggers

__all__ = [
    "count",
    "count_rows",
    "everything",
    "forbid",
    "key_ids",
    "not_under",
    "refuse_retired",
    "reinstate",
    "retire",
    "rewrap",
    "storable",
]

# By kind: its table, the columns of id, tenant and route. See `place_of`.
_KINDS: dict[str, tuple[sa.Table, str, str | None, tuple[str, ...]]] = {
    "integration": (tables.integrations, "id", None, ("app", "scheme")),
    "connection": (tables.connections, "id", "entity_id", ("app", "integration_id", "scheme")),
    "authorization": (tables.authorizations, "state_hash", "entity_id", ("connection_id", "integration_id")),
    "subscription": (triggers.subscriptions, "id", None, ("app", "integration_id", "instance_id")),
    "destination": (triggers.destinations, "id", None, ("instance_id",)),
    "approval": (tables.approvals, "id", "entity_id", ("action", "connection", "policy", "digest")),
}
# Rows under a master key: those of the unnamed project, and the keys of the other projects.
_PROJECT = "project"
_UNDER_MASTER = {**_KINDS, _PROJECT: (tables.project_keys, "id", None, ("project_id",))}
# The number of our advisory lock, with which writers of encrypted values and key retirement take turns in PostgreSQL.
_TURN = 0x636F6D7076617574
_BATCH = 500


def not_under(part: Partition, key_id: str, limit: int) -> list[tuple[Place, Sealed]]:
    result: list[tuple[Place, Sealed]] = []
    for kind, condition in _select_keyed(part).items():
        other = _other(_UNDER_MASTER[kind][0], key_id)
        statement = _places(part, kind).where(condition, other).limit(limit - len(result))
        result += [_read(kind, row) for row in part.rows(statement)]
        if len(result) >= limit:
            break
    return result


def everything(part: Partition) -> Iterator[tuple[Place, Sealed]]:
    """Iterate over all encrypted values, a few hundred rows at a time, so that no lock lasts long."""
    kinds = _UNDER_MASTER if part.project is None else _KINDS
    for kind, (table, *_) in kinds.items():
        last = 0
        while True:
            after = _places(part, kind).add_columns(table.c.seq).where(table.c.seq > last)
            statement = after.order_by(table.c.seq).limit(_BATCH)
            found = list(part.rows(statement))
            yield from (_read(kind, row[:-1]) for row in found)
            if len(found) < _BATCH:
                break
            last = found[-1][-1]


def _places(part: Partition, kind: str) -> sa.Select[Any]:
    table, name, tenant, route = _UNDER_MASTER[kind]
    whose: sa.ColumnElement[str] = table.c[tenant] if tenant else sa.literal("")
    project: sa.ColumnElement[str] = sa.literal("") if kind == _PROJECT else table.c.project_id
    columns = (table.c[name], whose, project, *(table.c[one] for one in route), *rows.select(table, rows.SEALED))
    return sa.select(*columns).where(part.condition(table))


def _read(kind: str, row: Any) -> tuple[Place, Sealed]:
    cut = len(row) - len(rows.SEALED)
    owner, tenant, project, *route = row[:cut]
    return Place(kind, owner, tenant, tuple(route), project), rows.as_sealed(row[cut:])


def _select_keyed(part: Partition) -> dict[str, sa.ColumnElement[bool]]:
    """Select the rows of each kind under a master key or, in a named project's part, under that project's key."""
    if part.project is not None:
        return {kind: part.condition(table) for kind, (table, *_) in _KINDS.items()}
    rows_: dict[str, sa.ColumnElement[bool]] = {kind: table.c.project_id == "" for kind, (table, *_) in _KINDS.items()}
    return {**rows_, _PROJECT: tables.project_keys.c.wrapper.is_(None)}


def rewrap(part: Partition, changes: Iterable[tuple[Place, Sealed, Sealed]]) -> int:
    done = 0
    with part.write() as transaction:
        for place, old, new in changes:
            table, name, *_ = _UNDER_MASTER[place.kind]
            same = (
                part.condition(table),
                table.c[name] == place.owner,
                table.c.key_id == old.key_id,
                table.c.wrapped == old.wrapped,
                table.c.box == old.box,
            )
            stored = rows.as_columns(storable(transaction.connection, new))
            done += transaction.execute(sa.update(table).where(*same).values(stored)).rowcount
    return done


def count(part: Partition, not_under: str | None) -> int:
    if not_under is None:
        counted = {kind: part.condition(table) for kind, (table, *_) in _KINDS.items()}
    else:
        counted = {kind: sa.and_(one, _other(_UNDER_MASTER[kind][0], not_under)) for kind, one in _select_keyed(part).items()}
    statements = (sa.select(sa.func.count()).select_from(_UNDER_MASTER[kind][0]).where(one) for kind, one in counted.items())
    return sum(row[0] for statement in statements for row in part.rows(statement))


def count_rows(part: Partition) -> dict[str, int]:
    return {
        f"{kind}s": next(
            row[0] for row in part.rows(sa.select(sa.func.count()).select_from(table).where(part.condition(table)))
        )
        for kind, (table, *_) in _KINDS.items()
    }


def _key_ids(part: Partition) -> sa.Select[Any]:
    found = sa.union(*(sa.select(_UNDER_MASTER[kind][0].c.key_id).where(one) for kind, one in _select_keyed(part).items()))
    return sa.select(found.subquery().c.key_id)


def key_ids(part: Partition) -> set[str]:
    """Return the master keys in use."""
    return {row[0] for row in part.rows(_key_ids(part))}


def storable(connection: sa.Connection, sealed: Sealed) -> Sealed:
    """Return ``sealed`` for storing in the transaction of ``connection``. Raises ``VaultError`` if its key is retired."""
    _take_turn(connection, alone=False)
    if not _is_retired(connection, sealed.key_id):
        return sealed
    again = sealed if sealed.again is None else sealed.again()
    if _is_retired(connection, again.key_id):
        raise VaultError(
            f"Nothing was stored: master key {again.key_id} was replaced by a newer one, which is not here. Put the newer one where "
            "this process reads its keys, before the old one, or run `composio vault rotate` here to go back to this one."
        )
    return again


def refuse_retired(connection: sa.Connection, key_id: str) -> None:
    """Raise ``VaultError`` if a key is retired."""
    storable(connection, Sealed(key_id, b"", b""))


def retire(whole: Partition, unwanted: Collection[str]) -> set[str]:
    """Retire those of the keys ``unwanted`` that nothing of any project uses. Returns them."""
    retired = tables.retired_keys
    with whole.write() as transaction:
        connection = transaction.connection
        _take_turn(connection, alone=True)
        unused = set(unwanted) - set(transaction.execute(_key_ids(whole)).scalars())
        known = set(connection.execute(sa.select(retired.c.key_id)).scalars())
        if new := sorted(unused - known):
            connection.execute(sa.insert(retired), [{"key_id": one} for one in new])
    return unused


def forbid(connection: sa.Connection, key_id: str) -> None:
    """Retire a key, once the transaction of ``connection`` has ended."""
    _take_turn(connection, alone=True)
    if not _is_retired(connection, key_id):
        connection.execute(sa.insert(tables.retired_keys).values(key_id=key_id))


def reinstate(whole: Partition, key_id: str) -> None:
    """Reactivate a retired key."""
    whole.change(sa.delete(tables.retired_keys).where(tables.retired_keys.c.key_id == key_id))


def _is_retired(connection: sa.Connection, key_id: str) -> bool:
    column = tables.retired_keys.c.key_id
    return connection.execute(sa.select(column).where(column == key_id)).first() is not None


def _take_turn(connection: sa.Connection, *, alone: bool) -> None:
    """Wait for a turn that ends with the transaction. SQLite's transactions begin with one."""
    if connection.dialect.name != "sqlite":
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        connection.execute(sa.text(f"SELECT {lock}(:turn)"), {"turn": _TURN})


def _other(table: sa.Table, key_id: str) -> sa.ColumnElement[bool]:
    """Two ranges of an index: "is not" would read every row."""
    return sa.or_(table.c.key_id < key_id, table.c.key_id > key_id)
