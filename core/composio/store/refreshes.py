"""Count renewals of tokens, by hour, app and entity."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.store.projects import Partition, delete
from composio.store.tables import refreshes as table

__all__ = ["HOUR", "note", "prune"]

HOUR: Final = 3600.0


def note(part: Partition, app: str, entity_id: str, now: float, *, done: bool) -> None:
    """Count one renewal. A power cut may take the last half second of it."""
    insert = postgresql.insert if part.is_postgresql else sqlite.insert
    row = {"hour": int(now // HOUR), "app": app, "entity_id": entity_id, "done": int(done), "failed": int(not done)}
    added = insert(table).values({**row, "project_id": part.project})
    counted = added.on_conflict_do_update(
        index_elements=["project_id", "hour", "app", "entity_id"],
        set_={name: table.c[name] + added.excluded[name] for name in ("done", "failed")},
    )
    with part.write(lasting=False) as transaction:
        transaction.connection.execute(counted)


def prune(part: Partition, before: float) -> int:
    """Forget the hours that ended before then; how many rows there were."""
    with part.write(lasting=False) as transaction:
        return transaction.execute(delete(table).where(table.c.hour < sa.literal(int(before // HOUR)))).rowcount
