"""Queries of what came of deliveries: noted many at a time, and given up together where a destination is switched off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from composio.model.trigger_event import Attempt, DeliveryStatus
from composio.store.claims import Lease, held
from composio.store.projects import Partition
from composio.store.triggers import values
from composio.store.triggers.tables import attempts as attempts_table
from composio.store.triggers.tables import deliveries as table
from composio.store.triggers.tables import destinations as destinations_table

__all__ = ["Ended", "finish_many", "prolong", "resend_failed", "switch_off", "switch_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An attempt that ended, and what its delivery is now; ``due`` is when one that is ``PENDING`` is tried again."""

    attempt: Attempt
    status: DeliveryStatus
    due: float | None = None


def finish_many(part: Partition, owner: str, ended: Sequence[Ended]) -> int:
    """Note how attempts ended, in one transaction; how many of the deliveries were still ``owner``'s.

    Those of others are left alone, and their attempts are logged all the same.
    """
    if not ended:
        return 0
    by_id = {one.attempt.delivery_id: one for one in ended}
    asked = sa.select(table.c.id, table.c.project_id).where(part.condition(table), table.c.id.in_(sorted(by_id)))
    mine = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("its_id"), table.c.project_id == sa.bindparam("whose"), held(table, owner))
        .values(
            status=sa.bindparam("new_status"),
            http_status=sa.bindparam("new_http_status"),
            error=sa.bindparam("new_error"),
            ended_at=sa.bindparam("new_ended_at"),
            due=sa.func.coalesce(sa.bindparam("new_due", type_=sa.Double), table.c.due),
            lease_owner=None,
            lease_until=None,
        )
    )
    with part.write() as transaction:
        projects: dict[str, str] = {row.id: row.project_id for row in transaction.execute(asked)}
        known = [one for id_, one in by_id.items() if id_ in projects]
        if not known:
            return 0
        logged = [{**values.row_of(one.attempt), "project_id": projects[one.attempt.delivery_id]} for one in known]
        transaction.connection.execute(sa.insert(attempts_table), logged)
        changes = [
            {
                "its_id": one.attempt.delivery_id,
                "whose": projects[one.attempt.delivery_id],
                "new_status": one.status.value,
                "new_http_status": one.attempt.http_status,
                "new_error": one.attempt.error,
                "new_ended_at": None if one.status is DeliveryStatus.PENDING else one.attempt.started_at + one.attempt.seconds,
                "new_due": one.due,
            }
            for one in known
        ]
        return transaction.connection.execute(mine, changes).rowcount


def prolong(part: Partition, lease: Lease, ids: Sequence[str]) -> int:
    """Keep deliveries that wait for their turn, from ``lease.now`` on; how many still are the owner's."""
    mine = sa.update(table).where(part.condition(table), table.c.id.in_(list(ids)), held(table, lease.owner))
    return part.change(mine.values(lease_until=lease.until)) if ids else 0


def switch_off(part: Partition, destination_id: str, *, now: float, reason: str) -> int:
    """Send a destination nothing more, and give up what waits for it; how many deliveries that were.

    What is being tried now ends as it does.
    """
    off = sa.update(destinations_table).where(part.condition(destinations_table), destinations_table.c.id == destination_id)
    waiting = sa.update(table).where(
        part.condition(table),
        table.c.destination_id == destination_id,
        table.c.status == DeliveryStatus.PENDING.value,
        table.c.lease_owner.is_(None),
    )
    with part.write() as transaction:
        transaction.execute(off.values(enabled=False, reason=reason, updated_at=now))
        given_up = {"status": DeliveryStatus.FAILED.value, "error": f"the destination is off: {reason}", "ended_at": now}
        return transaction.execute(waiting.values(given_up)).rowcount


def switch_on(part: Partition, destination_id: str, *, now: float) -> bool:
    """Send to a destination again, as if it had never failed; False where it is gone."""
    mine = sa.update(destinations_table).where(part.condition(destinations_table), destinations_table.c.id == destination_id)
    changes = {"enabled": True, "reason": None, "failing_since": None, "updated_at": now}
    return part.change(mine.values(changes)) == 1


def resend_failed(part: Partition, *, now: float, destination_id: str | None = None, since: float = 0.0) -> int:
    """Try the deliveries again that failed for good, under their ids; how many those are.

    ``destination_id`` means one destination's only, ``since`` those that were made from then on.
    """
    failed = sa.update(table).where(
        part.condition(table), table.c.status == DeliveryStatus.FAILED.value, table.c.created_at >= since
    )
    if destination_id is not None:
        failed = failed.where(table.c.destination_id == destination_id)
    again = {"status": DeliveryStatus.PENDING.value, "due": now, "attempts": 0, "ended_at": None}
    return part.change(failed.values(again))
