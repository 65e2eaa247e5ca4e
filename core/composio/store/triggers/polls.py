"""Queries of polling: an instance whose time has come is claimed, asked about, and settled or given back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from composio.model.trigger_event import TriggerEvent
from composio.model.trigger_instance import Cursor, TriggerInstance
from composio.store.claims import RELEASED, Lease, claim, free, held, release
from composio.store.projects import Partition, Transaction
from composio.store.triggers import instances, values
from composio.store.triggers.tables import instances as table

__all__ = ["Busy", "Claimed", "PollResult", "claim_due", "count_late", "give_back", "next_due", "prolong", "rewind", "settle"]

_COLUMNS = values.columns_of(table, TriggerInstance)
# A time so far ahead of the clock was noted before the clock was set back.
_SKEW_SECONDS = 60.0
_WORKED = (
    sa.update(table)
    .where(table.c.id == sa.bindparam("of_instance"))
    .values(
        cursor=sa.bindparam("new_cursor"),
        next_poll=sa.bindparam("new_next_poll"),
        last_poll=sa.bindparam("new_last_poll"),
        last_error=sa.bindparam("new_error"),
        last_error_at=sa.bindparam("new_error_at"),
        failures=0,
        **RELEASED,
    )
)
_FAILED = (
    sa.update(table)
    .where(table.c.id == sa.bindparam("of_instance"))
    .values(
        next_poll=sa.bindparam("new_next_poll"),
        last_poll=sa.bindparam("new_last_poll"),
        last_error=sa.bindparam("new_error"),
        last_error_at=sa.bindparam("new_error_at"),
        failures=table.c.failures + 1,
        **RELEASED,
    )
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An instance that is to be polled now, and where its polling goes on; None for the first time."""

    instance: TriggerInstance
    cursor: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """How a poll ended at ``now``, and when the next one is due; a ``next_poll`` of None polls no more.

    With ``failed`` the cursor stays as it was, and there are no events. ``error`` is what the listing shows: of a poll that worked,
    a warning.
    """

    instance_id: str
    now: float
    next_poll: float | None
    events: Sequence[TriggerEvent] = ()
    cursor: Cursor | None = field(default=None, repr=False)
    error: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What is left for later: connections and apps that are polled as much as they may be."""

    connections: Collection[str] = ()
    apps: Collection[str] = ()

    def condition(self) -> sa.ColumnElement[bool]:
        """Whether an instance may be polled beside them."""
        left: list[sa.ColumnElement[bool]] = []
        if self.connections:
            left.append(sa.func.coalesce(table.c.connection_id, "").not_in(sorted(self.connections)))
        if self.apps:
            left.append(table.c.app.not_in(sorted(self.apps)))
        return sa.and_(sa.true(), *left)


_NOBODY = Busy()


def next_due(part: Partition, now: float, *, busy: Busy = _NOBODY) -> float | None:
    """When the next instance that nobody polls at ``now`` is to be polled; None where none is. Cheap, for whoever waits."""
    waits = sa.and_(part.condition(table), table.c.enabled == sa.true(), table.c.next_poll.is_not(None), busy.condition())
    idle = free(table, Lease("", now, 0.0))
    row = part.find(sa.select(table.c.next_poll).where(waits, idle).order_by(table.c.next_poll))
    return None if row is None else float(row[0])


def claim_due(part: Partition, lease: Lease, limit: int, *, busy: Busy = _NOBODY) -> list[Claimed]:
    """Take up to ``limit`` instances whose time has come, the latest first to be served."""
    due = sa.and_(table.c.enabled == sa.true(), table.c.next_poll <= lease.now, busy.condition())
    columns = [*_COLUMNS, table.c.cursor]
    found = claim(part, table, lease, limit, where=due, order=[table.c.next_poll], columns=columns)
    read = (Claimed(instances.read(row[:-1]), values.from_json(row[-1])) for row in found)
    return sorted(read, key=lambda one: one.instance.next_poll or 0.0)


def give_back(part: Partition, owner: str, ids: Sequence[str]) -> int:
    """Let others poll instances that were claimed and not asked about."""
    return release(part, table, owner, ids)


def prolong(part: Partition, lease: Lease, ids: Sequence[str]) -> int:
    """Keep instances whose polls take longer, from ``lease.now`` on; how many still are the owner's."""
    mine = sa.update(table).where(part.condition(table), table.c.id.in_(list(ids)), held(table, lease.owner))
    return part.change(mine.values(lease_until=lease.until)) if ids else 0


def settle(part: Partition, transaction: Transaction, owner: str, results: Sequence[PollResult]) -> set[str]:
    """In the transaction that stores their events: end polls. The ids of those instances whose lease ``owner`` still has."""
    ids = sorted({one.instance_id for one in results})
    # In the same order everywhere, so that nobody waits for each other.
    mine = sa.select(table.c.id).where(part.condition(table), table.c.id.in_(ids), held(table, owner))
    kept: set[str] = set(transaction.execute(mine.order_by(table.c.seq).with_for_update()).scalars())
    for statement, failed in ((_WORKED, False), (_FAILED, True)):
        rows = [
            {
                "of_instance": one.instance_id,
                "new_next_poll": one.next_poll,
                "new_last_poll": one.now,
                "new_error": one.error,
                "new_error_at": None if one.error is None else one.now,
                **({} if failed else {"new_cursor": None if one.cursor is None else values.as_json(one.cursor)}),
            }
            for one in results
            if one.failed == failed and one.instance_id in kept
        ]
        if rows:
            transaction.connection.execute(statement, rows)
    return kept


def count_late(part: Partition, now: float, *, seconds: float, busy: Busy = _NOBODY) -> tuple[int, float | None]:
    """How many instances nobody polls that should have been polled ``seconds`` ago, and when the first of them should have been."""
    late = (
        part.condition(table),
        table.c.enabled == sa.true(),
        table.c.next_poll < now - seconds,
        free(table, Lease("", now, 0.0)),
        busy.condition(),
    )
    row = part.find(sa.select(sa.func.count(), sa.func.min(table.c.next_poll)).select_from(table).where(*late))  # type: ignore[arg-type]  # of two columns
    return (0, None) if row is None else (row[0], row[1])


def rewind(part: Partition, now: float) -> int:
    """Have instances polled now that were polled last at a time to come: the clock was set back. How many."""
    ahead = sa.or_(
        table.c.last_poll > now + _SKEW_SECONDS,
        sa.and_(table.c.last_poll.is_(None), table.c.updated_at > now + _SKEW_SECONDS),
    )
    waits = (part.condition(table), table.c.enabled == sa.true(), table.c.next_poll > now, ahead)
    asked: sa.Select[Any] = sa.select(table.c.seq).where(*waits)
    if part.find(asked) is None:  # most often, which is seen without a turn among the writers
        return 0
    return part.change(sa.update(table).where(*waits).values(next_poll=now))
