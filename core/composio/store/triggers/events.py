"""Queries of events: each is stored once, with its deliveries, in the transaction that accepts it.

A second event with a key that its instance had within seven days is dropped (:func:`release_keys` lets older ones go). Listeners
read by ``sequence`` up to a :class:`~composio.store.triggers.horizon.Horizon`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.model.trigger_event import DeliveryStatus, TriggerEvent
from composio.store.bell import Topic, announce
from composio.store.projects import Partition, Transaction
from composio.store.triggers import polls, values
from composio.store.triggers.horizon import take_turn
from composio.store.triggers.polls import PollResult
from composio.store.triggers.tables import attempts, deliveries, destinations
from composio.store.triggers.tables import events as table
from composio.store.triggers.tables import instances as instances_table

__all__ = [
    "KEPT_KEY_SECONDS",
    "EventQuery",
    "count_events",
    "deliver_missing",
    "find_end",
    "find_latest",
    "find_unknown",
    "get",
    "list_events",
    "purge",
    "read_after",
    "record",
    "record_polls",
    "release_keys",
]

# For how long a provider may send the same again, or a poll find it again.
KEPT_KEY_SECONDS = 7 * 86400.0
_COLUMNS = values.columns_of(table, TriggerEvent)
_read = values.reader_of(TriggerEvent)
# A statement takes so many values.
_BATCH = 200


def _make_insert(insert: Any) -> Any:
    """Store events that are new, and give their numbers. Made once: SQLAlchemy keeps its text, whatever the number of rows."""
    adding = insert(table).on_conflict_do_nothing(index_elements=["instance_id", "digest"])
    return adding.returning(table.c.id, table.c.seq)


_INSERTS = {"postgresql": _make_insert(postgresql.insert), "sqlite": _make_insert(sqlite.insert)}
# An instance's last event is noted this often at most: its row would be where all who bring events wait for each other.
_NOTED_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events; what is empty or None leaves none out. ``text`` is looked for in the payload, without case.

    ``before`` is the sequence of the last one that was seen, ``since`` and ``until`` are seconds since 1970. ``within`` is among
    how many of the newest to look, however many there are; :func:`find_end` tells where that ends.
    """

    ids: Collection[str] = ()
    instance_ids: Collection[str] = ()
    triggers: Collection[str] = ()
    apps: Collection[str] = ()
    entity_ids: Collection[str] = ()
    connection_ids: Collection[str] = ()
    integration_ids: Collection[str] = ()
    since: float | None = None
    until: float | None = None
    text: str = ""
    before: int | None = None
    limit: int = 50
    within: int | None = None


def record(
    part: Partition,
    events: Sequence[TriggerEvent],
    *,
    now: float,
    also: Callable[[Transaction], object] | None = None,
) -> list[TriggerEvent]:
    """Store those of ``events`` that are new, with their deliveries, in one transaction; they have their sequence then.

    ``also`` is done in the same transaction.
    """
    if not events and also is None:
        return []
    with part.write() as transaction:
        if also is not None:
            also(transaction)
        if events:
            take_turn(transaction.connection)
        made = _insert(part, transaction, events, now) if events else []
    if made:
        part.bell.ring(Topic.EVENTS)
    return made


def record_polls(part: Partition, owner: str, results: Sequence[PollResult]) -> list[list[TriggerEvent] | None]:
    """Store what polls found and where the next ones go on, in one transaction, and end ``owner``'s leases.

    For each the events that are new; None, and nothing of it stored, where the lease is another's or the instance is gone.
    """
    if not results:
        return []
    with part.write() as transaction:
        if any(one.events for one in results):
            take_turn(transaction.connection)
        kept = polls.settle(part, transaction, owner, results)
        found = [event for one in results if one.instance_id in kept for event in one.events]
        now = max(one.now for one in results)
        made = _insert(part, transaction, found, now) if found else []
    if made:
        part.bell.ring(Topic.EVENTS)
    by_instance: dict[str, list[TriggerEvent]] = {id_: [] for id_ in kept}
    for event in made:
        by_instance[event.instance_id].append(event)
    return [by_instance.get(one.instance_id) for one in results]


def _insert(part: Partition, transaction: Transaction, events: Sequence[TriggerEvent], now: float) -> list[TriggerEvent]:
    insert = _INSERTS["postgresql" if transaction.connection.dialect.name == "postgresql" else "sqlite"]
    rows = [
        values.row_of(one)
        | {"key": values.key_of(one.key), "digest": values.digest_of_key(one.key), "project_id": _project(part, one)}
        for one in events
    ]
    numbers: dict[str, int] = {row[0]: row[1] for row in transaction.connection.execute(insert, rows)}
    made = [replace(one, sequence=numbers[one.id]) for one in events if one.id in numbers]
    made.sort(key=lambda one: one.sequence or 0)
    if made:
        announce(transaction.connection, Topic.EVENTS)
        _note(transaction, {one.instance_id for one in made}, now)
        _send(part, transaction, made, now)
    return made


def _note(transaction: Transaction, ids: Collection[str], now: float) -> None:
    noted, seq = instances_table.c.last_event, instances_table.c.seq
    due = sa.or_(noted.is_(None), noted < now - _NOTED_SECONDS, noted > now)
    # Whoever has one of them locked notes it too, or polls it: waiting for each other would be for nothing.
    wanted = sa.select(seq).where(instances_table.c.id.in_(sorted(ids)), due).with_for_update(skip_locked=True)
    transaction.connection.execute(sa.update(instances_table).where(seq.in_(wanted)).values(last_event=now))


def deliver_missing(part: Partition, ids: Collection[str], *, now: float) -> int:
    """Deliver events to those of their destinations that were added after them; how many deliveries that makes."""
    with part.write() as transaction:
        asked = sa.select(*_COLUMNS).where(part.condition(table), table.c.id.in_(sorted(ids)))
        found = [_read(row) for row in transaction.execute(asked)]
        made = _send(part, transaction, found, now, with_earlier=True)
        if made:
            announce(transaction.connection, Topic.EVENTS)
    if made:
        part.bell.ring(Topic.EVENTS)
    return made


def _send(
    part: Partition, transaction: Transaction, events: Sequence[TriggerEvent], now: float, *, with_earlier: bool = False
) -> int:
    """A delivery of each event to each destination that its project or its instance has; how many are added.

    ``with_earlier`` says that there may be some already, which are left as they are.
    """
    wanted = {_project(part, one) for one in events}
    asked = sa.select(destinations.c.project_id, destinations.c.instance_id, destinations.c.id, destinations.c.ordered).where(
        destinations.c.project_id.in_(sorted(wanted)), destinations.c.enabled == sa.true()
    )
    known: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for project, instance, id_, ordered in transaction.connection.execute(asked):
        known.setdefault((project, instance), []).append((id_, ordered))
    rows = [
        {
            "id": f"{one.id}:{id_}",
            "project_id": _project(part, one),
            "event_id": one.id,
            "event_seq": one.sequence,
            "destination_id": id_,
            "ordered": ordered,
            "status": DeliveryStatus.PENDING.value,
            "due": now,
            "attempts": 0,
            "created_at": now,
        }
        for one in events
        for instance in ("", one.instance_id)
        for id_, ordered in known.get((_project(part, one), instance), ())
    ]
    if with_earlier:
        there = sa.select(deliveries.c.id).where(deliveries.c.event_id.in_(sorted({one.id for one in events})))
        had = set(transaction.connection.execute(there).scalars())
        rows = [one for one in rows if one["id"] not in had]
    if rows:
        insert = postgresql.insert if transaction.connection.dialect.name == "postgresql" else sqlite.insert
        added = insert(deliveries).on_conflict_do_nothing(index_elements=["id"]) if with_earlier else sa.insert(deliveries)
        transaction.connection.execute(added, rows)
    return len(rows)


def get(part: Partition, id: str) -> TriggerEvent | None:  # noqa: A002 - the field's name
    row = part.find(sa.select(*_COLUMNS).where(part.condition(table), table.c.id == id))
    return None if row is None else _read(row)


def find_unknown(part: Partition, ids: Collection[str]) -> list[str]:
    """The ids that no event of the part has, in their order."""
    wanted = list(dict.fromkeys(ids))
    known = {
        row[0]
        for batch in _batches(wanted)
        for row in part.rows(sa.select(table.c.id).where(part.condition(table), table.c.id.in_(batch)))
    }
    return [one for one in wanted if one not in known]


def read_after(part: Partition, after: int, upto: int, *, limit: int, since: float = 0.0) -> list[TriggerEvent]:
    """The events with a sequence above ``after``, up to ``upto``, received from ``since`` on; in their order."""
    where = (part.condition(table), table.c.seq > after, table.c.seq <= upto, table.c.received_at >= since)
    return [_read(row) for row in part.rows(sa.select(*_COLUMNS).where(*where).order_by(table.c.seq).limit(limit))]


def find_latest(part: Partition, after: int, upto: int) -> dict[str, int]:
    """The highest sequence above ``after``, up to ``upto``, of each project that has one."""
    newest = sa.select(table.c.project_id, sa.func.max(table.c.seq)).where(
        part.condition(table), table.c.seq > after, table.c.seq <= upto
    )
    return {row[0]: row[1] for row in part.rows(newest.group_by(table.c.project_id))}


def list_events(part: Partition, query: EventQuery) -> list[TriggerEvent]:
    """Newest first."""
    where = [*_where(part, query)]
    if query.before is not None:
        where.append(table.c.seq < query.before)
    if (end := find_end(part, query)) is not None:
        where.append(table.c.seq >= end)
    listed = sa.select(*_COLUMNS).where(*where).order_by(table.c.seq.desc()).limit(query.limit)
    return [_read(row) for row in part.rows(listed)]


def find_end(part: Partition, query: EventQuery) -> int | None:
    """The sequence of the last event among which a query ``within`` so many looks; None where there are no older ones."""
    if query.within is None:
        return None
    statement = sa.select(table.c.seq).where(part.condition(table)).order_by(table.c.seq.desc())
    if query.before is not None:
        statement = statement.where(table.c.seq < query.before)
    row = part.find(statement.offset(query.within - 1).limit(1))
    return None if row is None else int(row[0])


def count_events(part: Partition, query: EventQuery) -> int:
    """How many there are, whatever the limit."""
    row = part.find(sa.select(sa.func.count()).select_from(table).where(*_where(part, query)))
    return row[0] if row else 0


def _where(part: Partition, query: EventQuery) -> Iterator[sa.ColumnElement[bool]]:
    yield part.condition(table)
    asked: Mapping[str, Collection[str]] = {
        "id": query.ids,
        "instance_id": query.instance_ids,
        "trigger": query.triggers,
        "app": query.apps,
        "entity_id": query.entity_ids,
        "connection_id": query.connection_ids,
        "integration_id": query.integration_ids,
    }
    for name, wanted in asked.items():
        if wanted:
            yield table.c[name].in_(sorted(set(wanted)))
    if query.since is not None:
        yield table.c.received_at >= query.since
    if query.until is not None:
        yield table.c.received_at < query.until
    if query.text:
        # The payload is stored with escapes only, and so is what is looked for.
        yield table.c.payload.icontains(values.as_json(query.text)[1:-1], autoescape=True)


def release_keys(part: Partition, before: float) -> int:
    """Let the keys of events that were received before then come again; how many."""
    old = sa.and_(part.condition(table), table.c.received_at < before, table.c.digest.is_not(None))
    return part.change(sa.update(table).where(old).values(digest=None))


def purge(part: Partition, before: float, *, limit: int = 1000) -> int:
    """Forget events that were received before then and are not on their way, with their deliveries; how many were.

    At most ``limit`` at once, the oldest first, so that nobody waits for long.
    """
    waiting = sa.select(deliveries.c.id).where(
        deliveries.c.event_id == table.c.id,
        deliveries.c.project_id == table.c.project_id,
        deliveries.c.status == DeliveryStatus.PENDING.value,
    )
    old = sa.select(table.c.id).where(part.condition(table), table.c.received_at < before, ~waiting.exists())
    with part.write() as transaction:
        ids = list(transaction.execute(old.order_by(table.c.received_at).limit(limit)).scalars())
        for some in _batches(ids):
            sent = sa.select(deliveries.c.id).where(deliveries.c.event_id.in_(some))
            transaction.execute(sa.delete(attempts).where(part.condition(attempts), attempts.c.delivery_id.in_(sent)))
            transaction.execute(sa.delete(deliveries).where(part.condition(deliveries), deliveries.c.event_id.in_(some)))
            transaction.execute(sa.delete(table).where(part.condition(table), table.c.id.in_(some)))
    return len(ids)


def _batches(all_: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (all_[start : start + _BATCH] for start in range(0, len(all_), _BATCH))


def _project(part: Partition, event: TriggerEvent) -> str:
    return event.project if part.project is None else part.project
