"""Queries of subscriptions: the addresses that providers send events to, and what they were told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.model.trigger_instance import TriggerInstance, TriggerSubscription
from composio.store import projects, rows
from composio.store.claims import RELEASED, Lease, claim, held
from composio.store.projects import Partition
from composio.store.records import Sealed
from composio.store.sealing import storable
from composio.store.triggers import values
from composio.store.triggers.tables import instances
from composio.store.triggers.tables import subscriptions as table

__all__ = [
    "add",
    "claim_due",
    "delete",
    "end_unwanted",
    "get",
    "get_many",
    "list_subscriptions",
    "list_unsubscribed",
    "update",
]

_COLUMNS = values.columns_of(table, TriggerSubscription)
_SEALED = rows.select(table, rows.SEALED)
_read = values.reader_of(TriggerSubscription)
# Asked for every request that comes in.
_ONE = sa.select(*_COLUMNS, *_SEALED).where(table.c.id == sa.bindparam("id"))
_OWN = projects.select(table, *_COLUMNS, *_SEALED).where(table.c.id == sa.bindparam("id"))
_CHANGEABLE = frozenset({"status", "kept", "expires_at", "renew_at", "failures", "error", "connection_id"})


def add(part: Partition, subscription: TriggerSubscription, sealed: Sealed) -> tuple[TriggerSubscription, Sealed, bool]:
    """Add the address of an instance or integration, or find the one that it has; also says whether it is new."""
    if part.project is None:
        raise TypeError("a subscription belongs to one project")
    with part.write() as transaction:
        connection = transaction.connection
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        row = {**values.row_of(subscription), **rows.as_columns(storable(connection, sealed)), "project_id": part.project}
        unique = ["project_id", "app", "integration_id", "instance_id"]
        adding = insert(table).values(row).on_conflict_do_nothing(index_elements=unique).returning(table.c.seq)
        added = connection.execute(adding).first() is not None
        found = connection.execute(sa.select(*_COLUMNS, *_SEALED).where(*(table.c[name] == row[name] for name in unique))).one()
        return *_split_row(found), added


def get(part: Partition, id: str) -> tuple[TriggerSubscription, Sealed] | None:  # noqa: A002 - the field's name, as below
    """One subscription. The operator's part has those of all projects, for what comes in."""
    return part.first_as(_ONE if part.project is None else _OWN, {"id": id}, _split_row)


def get_many(part: Partition, ids: Collection[str]) -> list[tuple[TriggerSubscription, Sealed]]:
    """Those of ``ids`` that are there, in one query."""
    where = (part.condition(table), table.c.id.in_(sorted(ids)))
    return [_split_row(row) for row in part.rows(sa.select(*_COLUMNS, *_SEALED).where(*where))] if ids else []


def list_subscriptions(
    part: Partition,
    *,
    app: str | None = None,
    instance_id: str | None = None,
    connection_id: str | None = None,
    integration_id: str | None = None,
) -> list[TriggerSubscription]:
    """Oldest first."""
    listed = sa.select(*_COLUMNS).where(part.condition(table)).order_by(table.c.seq)
    asked = {"app": app, "instance_id": instance_id, "connection_id": connection_id, "integration_id": integration_id}
    for name, wanted in asked.items():
        if wanted is not None:
            listed = listed.where(table.c[name] == wanted)
    return [_read(row) for row in part.rows(listed)]


def claim_due(part: Partition, lease: Lease, limit: int) -> list[tuple[TriggerSubscription, Sealed]]:
    """Take up to ``limit`` subscriptions whose ``renew_at`` has come: to be made, prolonged, or taken back."""
    due = table.c.renew_at <= lease.now
    found = claim(part, table, lease, limit, where=due, order=[table.c.renew_at], columns=[*_COLUMNS, *_SEALED])
    return sorted(map(_split_row, found), key=lambda one: one[0].renew_at or 0.0)


def update(
    part: Partition,
    id: str,  # noqa: A002
    *,
    now: float,
    owner: str | None = None,
    sealed: Sealed | None = None,
    **changes: Any,
) -> bool:
    """Change a subscription; with ``owner``, only while that has its lease, which ends then. False where nothing was changed."""
    row = {**values.named(changes, _CHANGEABLE), "updated_at": now}
    mine = sa.update(table).where(part.condition(table), table.c.id == id)
    if owner is not None:
        mine, row = mine.where(held(table, owner)), row | RELEASED
    with part.write() as transaction:
        if sealed is not None:
            row |= rows.as_columns(storable(transaction.connection, sealed))
        return transaction.execute(mine.values(row)).rowcount == 1


def delete(part: Partition, id: str) -> bool:  # noqa: A002
    """Forget a subscription, once the provider has or nobody can tell it any more."""
    return part.change(sa.delete(table).where(part.condition(table), table.c.id == id)) == 1


def _split_row(row: Any) -> tuple[TriggerSubscription, Sealed]:
    cut = len(_COLUMNS)
    return _read(row[:cut]), rows.as_sealed(row[cut:])


def list_unsubscribed(part: Partition, *, limit: int) -> list[TriggerInstance]:
    """Enabled instances that get their events by webhook and have no address yet, oldest first."""
    theirs = sa.or_(
        table.c.instance_id == instances.c.id,
        sa.and_(
            table.c.instance_id == "", table.c.app == instances.c.app, table.c.integration_id == instances.c.integration_id
        ),
    )
    known = sa.select(table.c.seq).where(table.c.project_id == instances.c.project_id, theirs).exists()
    columns = values.columns_of(instances, TriggerInstance)
    wanted = (part.condition(instances), instances.c.enabled == sa.true(), instances.c.source == "webhook", ~known)
    read = values.reader_of(TriggerInstance)
    return [read(row) for row in part.rows(sa.select(*columns).where(*wanted).order_by(instances.c.seq).limit(limit))]


def end_unwanted(part: Partition, *, now: float) -> int:
    """Have the subscriptions taken back whose instance is gone or disabled; how many."""
    wanted = sa.select(instances.c.seq).where(
        instances.c.id == table.c.instance_id,
        instances.c.project_id == table.c.project_id,
        instances.c.enabled == sa.true(),
    )
    over = (part.condition(table), table.c.instance_id != "", table.c.status != "ending", ~wanted.exists())
    return part.change(sa.update(table).where(*over).values(status="ending", renew_at=now, failures=0, updated_at=now))
