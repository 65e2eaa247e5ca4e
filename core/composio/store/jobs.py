"""Queries of jobs: durable work, claimed in batches.

A finished job is deleted. A failed one is due again later. A worker that loses its lease leaves the job to the new owner.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.model.job import Job
from composio.store.bell import Topic, announce
from composio.store.claims import RELEASED, Lease, claim, free, held
from composio.store.projects import Partition, Transaction
from composio.store.triggers import values
from composio.store.triggers.tables import jobs as table

__all__ = [
    "add",
    "add_within",
    "claim_due",
    "count_overdue",
    "finish",
    "list_jobs",
    "next_due",
    "postpone",
    "prolong",
    "take_free",
]

_COLUMNS = values.columns_of(table, Job)
_read = values.reader_of(Job)
_BATCH = 500


def add(part: Partition, jobs: Sequence[Job]) -> int:
    """Add new jobs in one transaction. Returns how many were new."""
    with part.write() as transaction:
        added = add_within(part, transaction, jobs)
    part.bell.ring(Topic.JOBS)
    return added


def add_within(part: Partition, transaction: Transaction, jobs: Sequence[Job]) -> int:
    """Like :func:`add`, in the caller's transaction."""
    if jobs:
        announce(transaction.connection, Topic.JOBS)
    insert = postgresql.insert if transaction.connection.dialect.name == "postgresql" else sqlite.insert
    added = 0
    for start in range(0, len(jobs), _BATCH):
        rows = [
            {**values.row_of(one), "project_id": one.project if part.project is None else part.project}
            for one in jobs[start : start + _BATCH]
        ]
        statement = insert(table).values(rows).on_conflict_do_nothing(index_elements=["id"])
        added += len(transaction.connection.execute(statement.returning(table.c.id)).all())
    return added


def next_due(part: Partition, kinds: Collection[str], now: float) -> float | None:
    """Return when the next unclaimed job at ``now`` is due; None if there is none."""
    where = (part.condition(table), table.c.kind.in_(sorted(kinds)), free(table, Lease("", now, 0.0)))
    row = part.find(sa.select(table.c.due).where(*where).order_by(table.c.due))
    return None if row is None else float(row[0])


def claim_due(part: Partition, kinds: Collection[str], lease: Lease, limit: int) -> list[Job]:
    """Claim up to ``limit`` due jobs of these kinds, and count the attempt of each."""
    where = sa.and_(table.c.kind.in_(sorted(kinds)), table.c.due <= lease.now)
    counted = {"attempts": table.c.attempts + 1}
    found = claim(part, table, lease, limit, where=where, order=[table.c.due, table.c.seq], columns=_COLUMNS, **counted)
    return sorted(map(_read, found), key=lambda one: one.due)


def take_free(part: Partition, transaction: Transaction, kinds: Collection[str], now: float, limit: int) -> list[Job]:
    """Remove up to ``limit`` unclaimed jobs of these kinds from the table, for an engine with storage of its own."""
    where = (part.condition(table), table.c.kind.in_(sorted(kinds)), free(table, Lease("", now, 0.0)))
    wanted = sa.select(table.c.seq).where(*where).order_by(table.c.seq).limit(limit).with_for_update(skip_locked=True)
    return [_read(row) for row in transaction.execute(sa.delete(table).where(table.c.seq.in_(wanted)).returning(*_COLUMNS))]


def finish(part: Partition, owner: str, ids: Sequence[str]) -> int:
    """Delete finished jobs. Returns how many were still ``owner``'s."""
    mine = (part.condition(table), table.c.id.in_(list(ids)), held(table, owner))
    return part.change(sa.delete(table).where(*mine)) if ids else 0


def postpone(part: Partition, owner: str, id: str, *, due: float, error: str | None = None) -> bool:  # noqa: A002
    """Reschedule a job to ``due``. Returns False if another worker has the lease now."""
    mine = sa.update(table).where(part.condition(table), table.c.id == id, held(table, owner))
    return part.change(mine.values(due=due, error=error, **RELEASED)) == 1


def prolong(part: Partition, lease: Lease, ids: Sequence[str]) -> int:
    """Extend the lease of jobs, from ``lease.now`` on. Returns how many still are the owner's."""
    mine = sa.update(table).where(part.condition(table), table.c.id.in_(list(ids)), held(table, lease.owner))
    return part.change(mine.values(lease_until=lease.until)) if ids else 0


def count_overdue(part: Partition, before: float) -> int:
    """Count unfinished jobs that were due before then."""
    row = part.find(sa.select(sa.func.count()).select_from(table).where(part.condition(table), table.c.due < before))
    return row[0] if row else 0


def list_jobs(part: Partition, *, kind: str | None = None, limit: int = 50) -> list[Job]:
    """Order by due time."""
    listed = sa.select(*_COLUMNS).where(part.condition(table)).order_by(table.c.due, table.c.seq).limit(limit)
    return [_read(row) for row in part.rows(listed if kind is None else listed.where(table.c.kind == kind))]
