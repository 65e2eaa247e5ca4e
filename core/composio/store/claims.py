"""Claim rows to work on, many at once, so that no two processes have the same one.

A claim is a lease: its holder is the row's ``lease_owner`` until ``lease_until``, and may store results only while it still is.
The leases of a dead process expire.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from composio.store.projects import Partition

__all__ = ["RELEASED", "Lease", "claim", "free", "held", "release"]

# A lease with an impossible end was taken before the clock was set back.
_SKEW_SECONDS = 60.0
RELEASED: dict[str, Any] = {"lease_owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class Lease:
    """``owner``, a name unique to this process, works on its claims from ``now`` for ``seconds``."""

    owner: str
    now: float
    seconds: float

    @property
    def until(self) -> float:
        """The end of the lease, in seconds since 1970."""
        return self.now + self.seconds


def free(table: sa.Table, lease: Lease) -> sa.ColumnElement[bool]:
    """Match rows without a lease."""
    until = table.c.lease_until
    return sa.or_(until.is_(None), until <= lease.now, until > lease.until + _SKEW_SECONDS)


def held(table: sa.Table, owner: str) -> sa.ColumnElement[bool]:
    """Match rows whose lease ``owner`` still has, even expired, if nobody took it over."""
    return table.c.lease_owner == owner


def claim(
    part: Partition,
    table: sa.Table,
    lease: Lease,
    limit: int,
    *,
    where: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[Any]],
    columns: Sequence[sa.ColumnElement[Any]],
    **changes: Any,
) -> list[Sequence[Any]]:
    """Claim up to ``limit`` free rows that match ``where``, in the order ``order``. Returns their ``columns``.

    ``changes`` are set too. Concurrent claims take other rows, and none waits.
    """
    wanted = sa.select(table.c.seq).where(part.condition(table), where, free(table, lease)).order_by(*order).limit(limit)
    # Usually there is nothing, which a read shows without a write lock in SQLite.
    if limit < 1 or part.find(wanted) is None:
        return []
    values = {"lease_owner": lease.owner, "lease_until": lease.until, **changes}
    with part.write() as transaction:
        if transaction.connection.dialect.name == "postgresql":
            picked = wanted.with_for_update(skip_locked=True).cte("picked")
            statement = sa.update(table).where(table.c.seq == picked.c.seq)
        else:
            statement = sa.update(table).where(table.c.seq.in_(wanted))
        return [tuple(row) for row in transaction.execute(statement.values(values).returning(*columns))]


def release(part: Partition, table: sa.Table, owner: str, ids: Sequence[str]) -> int:
    """Release rows that ``owner`` did not process. Returns how many were still its own."""
    mine = sa.update(table).where(part.condition(table), table.c.id.in_(list(ids)), held(table, owner))
    return part.change(mine.values(RELEASED)) if ids else 0
