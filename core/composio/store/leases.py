"""Queries of leases: who may exchange a connection's tokens, and which exchanges got no response."""

from __future__ import annotations

import sqlalchemy as sa

from composio.store import projects
from composio.store.projects import Partition
from composio.store.tables import connections as table

__all__ = ["drop", "holder", "mark_lost", "mark_sent", "take"]

# A lease with an impossible end was taken before the clock was set back.
_SKEW_SECONDS = 60.0
_HOLDER = projects.select(table, table.c.lease_owner, table.c.lease_until).where(
    table.c.id == sa.bindparam("id"), table.c.lease_owner.is_not(None)
)


def take(
    part: Partition, connection_id: str, owner: str, now: float, seconds: float, if_version: int, instead_of: str | None
) -> bool:
    free = sa.or_(
        table.c.lease_owner.is_(None),
        table.c.lease_owner.in_([owner] if instead_of is None else [owner, instead_of]),
        table.c.lease_until <= now,
        table.c.lease_until > now + seconds + _SKEW_SECONDS,
    )
    statement = projects.update(table).where(table.c.id == connection_id, table.c.version == if_version, free)
    return part.change(statement.values(lease_owner=owner, lease_until=now + seconds)) == 1


def holder(part: Partition, connection_id: str) -> tuple[str, float] | None:
    row = part.first(_HOLDER, {"id": connection_id})
    return None if row is None else (str(row[0]), float(row[1]))


def drop(part: Partition, connection_id: str, owner: str) -> None:
    statement = projects.update(table).where(table.c.id == connection_id, table.c.lease_owner == owner)
    part.change(statement.values(lease_owner=None, lease_until=None))


def mark_sent(part: Partition, connection_id: str, owner: str, now: float, seconds: float, if_version: int) -> bool:
    mine = projects.update(table).where(
        table.c.id == connection_id, table.c.lease_owner == owner, table.c.version == if_version
    )
    values = {"renewal_sent_at": now, "renewal_lost_at": None, "lease_until": now + seconds}
    return part.change(mine.values(values)) == 1


def mark_lost(part: Partition, connection_id: str, sent_at: float, now: float, error: str) -> bool:
    unanswered = projects.update(table).where(
        table.c.id == connection_id, table.c.renewal_sent_at == sent_at, table.c.renewal_lost_at.is_(None)
    )
    return part.change(unanswered.values(renewal_lost_at=now, error=error, updated_at=now)) == 1
