"""Connections by page: with filters, in either order, each page after the last row of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from composio.errors import InvalidRequest
from composio.model.connection import ConnectionPage, ConnectionQuery
from composio.store import projects, rows
from composio.store.projects import Partition
from composio.store.tables import connections as table

__all__ = ["count_connections", "page_connections"]

_COUNTED = 10_000
_MOST_VALUES = 500
_DIGITS = 18  # of a number that fits a column


def page_connections(part: Partition, query: ConnectionQuery) -> ConnectionPage:
    conditions = _conditions(query)
    statement = projects.select(table, *rows.select(table, rows.CONNECTION), table.c.seq).where(*conditions)
    keys = (table.c.updated_at, table.c.seq) if query.order_by == "updated_at" else (table.c.seq,)
    if query.after is not None:
        statement = statement.where(_follows(query, keys))
    ordered = statement.order_by(*(key.asc() if query.oldest_first else key.desc() for key in keys))
    found = list(part.rows(ordered.limit(query.limit + 1)))
    shown = found[: query.limit]
    items = [rows.as_connection(row[:-1]) for row in shown]
    following = None
    if len(found) > len(shown) and shown:
        last, seq = items[-1], shown[-1][-1]
        following = f"{last.updated_at!r}_{seq}" if query.order_by == "updated_at" else str(seq)
    counted = projects.select(table, table.c.seq).where(*conditions).limit(_COUNTED + 1).subquery()
    total = next(iter(part.rows(sa.select(sa.func.count()).select_from(counted))))[0]
    return ConnectionPage(items=items, next=following, total=int(total))


def count_connections(part: Partition, integration_ids: Sequence[str]) -> dict[str, int]:
    """Count by integration, up to 10,000 each: the index gives that quickly however many there are."""
    found: dict[str, int] = {}
    for one in dict.fromkeys(integration_ids):
        some = projects.select(table, table.c.seq).where(table.c.integration_id == one).limit(_COUNTED).subquery()
        found[one] = int(next(iter(part.rows(sa.select(sa.func.count()).select_from(some))))[0])
    return found


def _conditions(query: ConnectionQuery) -> list[sa.ColumnElement[bool]]:
    asked = (
        ("app", query.apps),
        ("entity_id", query.entity_ids),
        ("integration_id", query.integration_ids),
        ("id", query.ids),
    )
    if any(len(values) > _MOST_VALUES for _, values in asked):
        raise InvalidRequest(f"A list of connections is filtered by at most {_MOST_VALUES} values of a kind.")
    found: list[sa.ColumnElement[bool]] = [table.c[name].in_(sorted(set(values))) for name, values in asked if values]
    if query.statuses or query.disabled:
        on = sa.and_(table.c.enabled == sa.true(), table.c.status.in_([one.value for one in query.statuses]))
        off = table.c.enabled == sa.false()
        found.append(sa.or_(on, off) if query.statuses and query.disabled else off if query.disabled else on)
    return found


def _follows(query: ConnectionQuery, keys: Sequence[sa.Column[Any]]) -> sa.ColumnElement[bool]:
    """Match the rows after the place that ``query.after`` names."""
    values = _read_place(query.after or "")
    if len(values) != len(keys):
        raise InvalidRequest("This cursor is not one that a list in this order gave as its next_cursor.")
    here = sa.tuple_(*keys) if len(keys) > 1 else keys[0]
    there = sa.tuple_(*(sa.literal(value) for value in values)) if len(keys) > 1 else sa.literal(values[0])
    return here > there if query.oldest_first else here < there


def _read_place(text: str) -> list[float | int]:
    *first, last = text.split("_")
    if not last.isdecimal() or not last.isascii() or len(last) > _DIGITS:
        return []
    try:
        return [*map(float, first), int(last)]
    except ValueError:
        return []
