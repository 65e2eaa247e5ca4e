"""Erase the data of one entity: its calls, and the events of its triggers."""

from __future__ import annotations

from composio.store import ledger
from composio.store.projects import Partition, delete, select
from composio.store.tables import refreshes
from composio.store.triggers.tables import attempts, deliveries, events

__all__ = ["forget"]


def forget(part: Partition, entity_id: str) -> dict[str, int]:
    """Erase an entity's calls, its figures of renewals, and its events with their deliveries, permanently. Returns the number of each."""
    theirs = select(events, events.c.id).where(events.c.entity_id == entity_id)
    sent = select(deliveries, deliveries.c.id).where(deliveries.c.event_id.in_(theirs))
    with part.write() as transaction:
        transaction.execute(delete(attempts).where(attempts.c.delivery_id.in_(sent)))
        transaction.execute(delete(deliveries).where(deliveries.c.event_id.in_(theirs)))
        transaction.execute(delete(refreshes).where(refreshes.c.entity_id == entity_id))
        gone = transaction.execute(delete(events).where(events.c.entity_id == entity_id)).rowcount
    return {"calls": ledger.forget(part, entity_id), "events": gone}
