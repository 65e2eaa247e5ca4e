"""Queries of deliveries, their attempts, and the destinations that they go to. Events bring their deliveries themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from composio.model.trigger_event import Attempt, Delivery, DeliveryStatus, Destination
from composio.store import rows
from composio.store.claims import RELEASED, Lease, claim, free, held
from composio.store.projects import Partition
from composio.store.records import Sealed
from composio.store.sealing import storable
from composio.store.triggers import values
from composio.store.triggers.tables import attempts as attempts_table
from composio.store.triggers.tables import deliveries as table
from composio.store.triggers.tables import destinations as destinations_table

__all__ = [
    "DeliveryQuery",
    "add_destination",
    "claim_due",
    "count_pending",
    "delete_destination",
    "finish",
    "get",
    "get_destination",
    "give_back",
    "list_attempts",
    "list_deliveries",
    "list_destinations",
    "next_due",
    "resend",
    "update_destination",
]

_COLUMNS = values.columns_of(table, Delivery)
_read = values.reader_of(Delivery, status=DeliveryStatus)
_ATTEMPT = values.columns_of(attempts_table, Attempt)
_read_attempt = values.reader_of(Attempt)
_DESTINATION = values.columns_of(destinations_table, Destination)
_read_destination = values.reader_of(Destination)
_CHANGEABLE = frozenset({"url", "format", "ordered", "enabled", "reason", "failing_since"})
_PENDING = table.c.status == DeliveryStatus.PENDING.value


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Which deliveries; what is empty or None leaves none out. ``before`` is the sequence of the last one that was seen."""

    event_ids: Collection[str] = ()
    destination_ids: Collection[str] = ()
    status: DeliveryStatus | None = None
    before: int | None = None
    limit: int = 50


def get(part: Partition, id: str) -> Delivery | None:  # noqa: A002 - the field's name, as below
    row = part.find(sa.select(*_COLUMNS).where(part.condition(table), table.c.id == id))
    return None if row is None else _read(row)


def list_deliveries(part: Partition, query: DeliveryQuery) -> list[Delivery]:
    """Newest first."""
    statement = sa.select(*_COLUMNS).where(part.condition(table)).order_by(table.c.seq.desc()).limit(query.limit)
    if query.event_ids:
        statement = statement.where(table.c.event_id.in_(sorted(query.event_ids)))
    if query.destination_ids:
        statement = statement.where(table.c.destination_id.in_(sorted(query.destination_ids)))
    if query.status is not None:
        statement = statement.where(table.c.status == query.status.value)
    if query.before is not None:
        statement = statement.where(table.c.seq < query.before)
    return [_read(row) for row in part.rows(statement)]


def count_pending(part: Partition, *, overdue: float | None = None) -> int:
    """How many wait to be delivered; with ``overdue``, those that were due before then."""
    counted = sa.select(sa.func.count()).select_from(table).where(part.condition(table), _PENDING)
    row = part.find(counted if overdue is None else counted.where(table.c.due < overdue))
    return row[0] if row else 0


def list_attempts(part: Partition, delivery_id: str) -> list[Attempt]:
    """All of a delivery, in their order."""
    listed = sa.select(*_ATTEMPT).where(part.condition(attempts_table), attempts_table.c.delivery_id == delivery_id)
    return [_read_attempt(row) for row in part.rows(listed.order_by(attempts_table.c.number, attempts_table.c.seq))]


# Delivering: what is due is claimed, tried, and finished or given back.


def next_due(part: Partition, now: float, *, skip: Collection[str] = ()) -> float | None:
    """When the next delivery is due that nobody tries at ``now``; None where none is."""
    where = [part.condition(table), _PENDING, free(table, Lease("", now, 0.0)), _is_its_turn()]
    if skip:
        where.append(table.c.destination_id.not_in(sorted(skip)))
    row = part.find(sa.select(table.c.due).where(*where).order_by(table.c.due))
    return None if row is None else float(row[0])


def claim_due(part: Partition, lease: Lease, limit: int, *, skip: Collection[str] = ()) -> list[Delivery]:
    """Take up to ``limit`` deliveries that are due, but none to the destinations ``skip``; each with its attempt counted.

    Of an ordered destination only the first that is left may be taken, and only while no other one of it is being tried.
    """
    where = [_PENDING, table.c.due <= lease.now, _is_its_turn()]
    if skip:
        where.append(table.c.destination_id.not_in(sorted(skip)))
    found = claim(
        part,
        table,
        lease,
        limit,
        where=sa.and_(*where),
        order=[table.c.due, table.c.seq],
        columns=_COLUMNS,
        attempts=table.c.attempts + 1,
    )
    return sorted(map(_read, found), key=lambda one: (one.due, one.sequence or 0))


def _is_its_turn() -> sa.ColumnElement[bool]:
    earlier = table.alias("earlier")
    before = sa.select(earlier.c.seq).where(
        earlier.c.destination_id == table.c.destination_id,
        earlier.c.status == DeliveryStatus.PENDING.value,
        earlier.c.event_seq < table.c.event_seq,
    )
    return sa.or_(table.c.ordered == sa.false(), ~before.exists())


def give_back(part: Partition, owner: str, ids: Sequence[str]) -> int:
    """Let others try deliveries that were claimed and not tried; their attempts are not counted."""
    mine = sa.update(table).where(part.condition(table), table.c.id.in_(list(ids)), held(table, owner))
    return part.change(mine.values(**RELEASED, attempts=table.c.attempts - 1)) if ids else 0


def finish(
    part: Partition,
    attempt: Attempt,
    owner: str,
    *,
    status: DeliveryStatus,
    due: float | None = None,
) -> bool:
    """Note how an attempt ended, and what is next: ``due`` is when a ``PENDING`` one is tried again.

    False where another has the lease now; the attempt is logged all the same.
    """
    ended = None if status is DeliveryStatus.PENDING else attempt.started_at + attempt.seconds
    changes = {"status": status.value, "http_status": attempt.http_status, "error": attempt.error, "ended_at": ended}
    if due is not None:
        changes["due"] = due
    mine = sa.update(table).where(part.condition(table), table.c.id == attempt.delivery_id, held(table, owner))
    one = sa.select(table.c.project_id).where(part.condition(table), table.c.id == attempt.delivery_id)
    with part.write() as transaction:
        project = transaction.execute(one).scalar()
        if project is None:
            return False
        transaction.connection.execute(sa.insert(attempts_table).values({**values.row_of(attempt), "project_id": project}))
        return transaction.execute(mine.values(**changes, **RELEASED)).rowcount == 1


def resend(part: Partition, event_ids: Collection[str], *, now: float) -> int:
    """Deliver events once more, under the ids that they had; how many deliveries those are. What is being tried is left alone."""
    wanted = (part.condition(table), table.c.event_id.in_(sorted(event_ids)), ~_PENDING)
    again = {"status": DeliveryStatus.PENDING.value, "due": now, "attempts": 0, "ended_at": None}
    return part.change(sa.update(table).where(*wanted).values(again)) if event_ids else 0


# Destinations


def add_destination(part: Partition, destination: Destination, sealed: Sealed) -> None:
    """Add one; its secrets are ``sealed``."""
    with part.write() as transaction:
        row = {**values.row_of(destination), **rows.as_columns(storable(transaction.connection, sealed))}
        part.insert(transaction, destinations_table, row)


def get_destination(part: Partition, id: str) -> tuple[Destination, Sealed] | None:  # noqa: A002
    columns = [*_DESTINATION, *rows.select(destinations_table, rows.SEALED)]
    row = part.find(sa.select(*columns).where(part.condition(destinations_table), destinations_table.c.id == id))
    if row is None:
        return None
    cut = len(_DESTINATION)
    return _read_destination(row[:cut]), rows.as_sealed(row[cut:])


def list_destinations(part: Partition, *, instance_id: str | None = None) -> list[Destination]:
    """Oldest first; with ``instance_id`` those of one instance, or of the project itself where it is ""."""
    listed = sa.select(*_DESTINATION).where(part.condition(destinations_table)).order_by(destinations_table.c.seq)
    if instance_id is not None:
        listed = listed.where(destinations_table.c.instance_id == instance_id)
    return [_read_destination(row) for row in part.rows(listed)]


def update_destination(
    part: Partition,
    id: str,  # noqa: A002
    *,
    now: float,
    sealed: Sealed | None = None,
    **changes: Any,
) -> bool:
    """Change a destination; False where it is gone."""
    row = {**values.named(changes, _CHANGEABLE), "updated_at": now}
    with part.write() as transaction:
        if sealed is not None:
            row |= rows.as_columns(storable(transaction.connection, sealed))
        mine = sa.update(destinations_table).where(part.condition(destinations_table), destinations_table.c.id == id)
        return transaction.execute(mine.values(row)).rowcount == 1


def delete_destination(part: Partition, id: str) -> bool:  # noqa: A002
    """Forget a destination, and what was on its way there; the log of what was delivered stays."""
    gone = (part.condition(table), table.c.destination_id == id, _PENDING)
    with part.write() as transaction:
        transaction.execute(sa.delete(table).where(*gone))
        one = sa.delete(destinations_table).where(part.condition(destinations_table), destinations_table.c.id == id)
        return transaction.execute(one).rowcount == 1
