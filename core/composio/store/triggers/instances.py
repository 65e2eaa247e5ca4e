"""Queries of instances: who enabled what, and which of them an event may be for. See :mod:`composio.store.triggers.polls` too."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.model.trigger_instance import InstancePage, InstanceQuery, TriggerInstance
from composio.store import projects
from composio.store.claims import RELEASED
from composio.store.projects import Partition
from composio.store.triggers import values
from composio.store.triggers.tables import instances as table

__all__ = [
    "add",
    "delete",
    "fan_out",
    "get",
    "list_instances",
    "mark_failed",
    "read",
    "update",
]

_COLUMNS = values.columns_of(table, TriggerInstance)
read = values.reader_of(TriggerInstance, connection_id=lambda id_: id_ or "")
# Asked for every event that comes in.
_ONE = sa.select(*_COLUMNS).where(table.c.id == sa.bindparam("id"))
_OWN = projects.select(table, *_COLUMNS).where(table.c.id == sa.bindparam("id"))
_CHANGEABLE = frozenset(
    {"enabled", "disabled_at", "source", "route", "next_poll", "last_error", "last_error_at", "failures", "integration_id"}
)


def add(part: Partition, instance: TriggerInstance) -> tuple[TriggerInstance, bool]:
    """Add an instance, or find the one that is the same trigger of the same entity and connection with the same config.

    Also says whether it is new. Raises ``StoreError`` where its connection is not there.
    """
    same = {"connection": instance.connection_id, "config": instance.config}
    row = values.row_of(instance) | {"digest": values.digest_of(same), "project_id": _project(part)}
    row["connection_id"] = instance.connection_id or None
    with part.write() as transaction:
        insert = postgresql.insert if transaction.connection.dialect.name == "postgresql" else sqlite.insert
        unique = ["project_id", "entity_id", "trigger", "digest"]
        adding = insert(table).values(row).on_conflict_do_nothing(index_elements=unique).returning(table.c.seq)
        added = transaction.connection.execute(adding).first() is not None
        known = [table.c[name] == row[name] for name in unique]
        return read(transaction.connection.execute(sa.select(*_COLUMNS).where(*known)).one()), added


def get(part: Partition, id: str) -> TriggerInstance | None:  # noqa: A002 - the field's name, as below
    return part.first_as(_ONE if part.project is None else _OWN, {"id": id}, read)


def get_many(part: Partition, ids: Collection[str]) -> list[TriggerInstance]:
    """Those of ``ids`` that are there, in one query."""
    where = (part.condition(table), table.c.id.in_(sorted(ids)))
    return [read(row) for row in part.rows(sa.select(*_COLUMNS).where(*where))] if ids else []


def list_instances(part: Partition, query: InstanceQuery) -> InstancePage:
    """Newest first."""
    where = [part.condition(table)]
    asked = {
        "id": query.ids,
        "trigger": query.triggers,
        "app": query.apps,
        "entity_id": query.entity_ids,
        "connection_id": query.connection_ids,
        "integration_id": query.integration_ids,
    }
    where += [table.c[name].in_(sorted(set(wanted))) for name, wanted in asked.items() if wanted]
    if query.enabled is not None:
        where.append(table.c.enabled == sa.true() if query.enabled else table.c.enabled == sa.false())
    listed = sa.select(*_COLUMNS).where(*where).order_by(table.c.seq.desc())
    if query.before:
        last = sa.select(table.c.seq).where(part.condition(table), table.c.id == query.before).scalar_subquery()
        listed = listed.where(sa.or_(last.is_(None), table.c.seq < last))
    if query.limit is None and not query.offset:
        found = tuple(read(row) for row in part.rows(listed))
        return InstancePage(items=found, total=len(found))
    counted = part.find(sa.select(sa.func.count()).select_from(table).where(*where))
    some = tuple(read(row) for row in part.rows(listed.limit(query.limit).offset(query.offset)))
    return InstancePage(items=some, total=counted[0] if counted else 0)


def update(
    part: Partition,
    id: str,  # noqa: A002
    now: float,
    *,
    afresh: bool = False,
    **changes: Any,
) -> TriggerInstance | None:
    """Change an instance; None where it is gone. With ``afresh`` it is polled as for the first time."""
    row = {**values.named(changes, _CHANGEABLE), "updated_at": now, **({"cursor": None, **RELEASED} if afresh else {})}
    with part.write() as transaction:
        mine = sa.update(table).where(part.condition(table), table.c.id == id).values(row)
        found = transaction.execute(mine.returning(*_COLUMNS)).first()
        return None if found is None else read(found)


def delete(part: Partition, id: str) -> bool:  # noqa: A002
    """Forget an instance; its events stay. What a provider was told is to be taken back before."""
    return part.change(sa.delete(table).where(part.condition(table), table.c.id == id)) == 1


def fan_out(
    part: Partition,
    app: str,
    triggers: Collection[str],
    *,
    integration_id: str | None = None,
    route: str | None = None,
) -> list[TriggerInstance]:
    """The enabled instances of some of an app's triggers that an event may be for, oldest first.

    With ``route``, those that have that route or none: what the event says is still to be compared with their configs.
    """
    statement = _select(part).where(table.c.app == app, table.c.trigger.in_(sorted(triggers)), table.c.enabled == sa.true())
    if integration_id is not None:
        statement = statement.where(table.c.integration_id == integration_id)
    if route is not None:
        statement = statement.where(sa.or_(table.c.route == route, table.c.route.is_(None)))
    return [read(row) for row in part.rows(statement.order_by(table.c.seq))]


def mark_failed(part: Partition, id: str, *, now: float, error: str) -> None:  # noqa: A002
    """Note what went wrong with an instance otherwise, for its listing."""
    one = sa.update(table).where(part.condition(table), table.c.id == id)
    part.change(one.values(last_error=error, last_error_at=now, failures=table.c.failures + 1))


def _select(part: Partition) -> sa.Select[Any]:
    return sa.select(*_COLUMNS).where(part.condition(table))


def _project(part: Partition) -> str:
    if part.project is None:
        raise TypeError("an instance belongs to one project")
    return part.project
