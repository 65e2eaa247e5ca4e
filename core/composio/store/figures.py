"""Counts of calls, events and deliveries, by hour or day, app and entity."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from composio.model.figures import FigureFilter, Figures, Period, Share
from composio.model.logged import CallStatus
from composio.model.trigger_event import DeliveryStatus
from composio.store.database import Database, Reach
from composio.store.refreshes import HOUR
from composio.store.tables import calls, refreshes
from composio.store.triggers.tables import deliveries, events

__all__ = ["LIMITS", "count"]

LIMITS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds within which calls are counted."""
_MOST_SHARES = 20
# By name: two parameters of one value are two expressions to PostgreSQL.
_PERIOD: sa.ColumnElement[int] = sa.literal_column("period")
_KEPT: sa.ColumnElement[int] = sa.literal_column("kept")
_NOT_MADE = (CallStatus.HELD, CallStatus.REPLAYED)
_HAS_FAILED = sa.case((calls.c.status.in_((CallStatus.FAILED, CallStatus.UNKNOWN)), 1), else_=0)
# The index of the smallest limit that a call met; one more for slower calls, none for unfinished ones.
_LIMIT = sa.case(
    (calls.c.seconds.is_(None), None),
    *((calls.c.seconds <= limit, place) for place, limit in enumerate(LIMITS)),
    else_=len(LIMITS),
)


def count(database: Database, project_id: str, which: FigureFilter, now: float) -> Figures:
    """Count a project's calls, events, deliveries and renewals. Raises ``InvalidRequest`` for hours out of range."""
    which.check()
    reach, starts = Reach(project_id), which.starts(now)
    where = [calls.c.project_id == project_id, calls.c.started_at >= starts[0], calls.c.status.not_in(_NOT_MADE)]
    where += [calls.c[name] == wanted for name, wanted in _list_filters(which)]

    def period_of(column: sa.ColumnElement[float]) -> sa.Label[int]:
        place = (column - starts[0]) / which.step
        return sa.cast(place if database.is_sqlite else sa.func.floor(place), sa.Integer).label("period")

    def shares(column: sa.Column[str]) -> tuple[Share, ...]:
        number = sa.func.count()
        statement = (
            sa.select(column, number, sa.func.sum(_HAS_FAILED), sa.func.avg(calls.c.seconds))
            .where(*where)
            .group_by(column)
            .order_by(number.desc(), column)
            .limit(_MOST_SHARES)
        )
        return tuple(
            Share(name=row[0], calls=row[1], failed=int(row[2]), seconds=row[3])
            for row in database.rows(statement, reach=reach)
        )

    columns = (period_of(calls.c.started_at), _LIMIT.label("kept"), sa.func.count(), sa.func.sum(_HAS_FAILED))
    by_limit = sa.select(*columns).where(*where).group_by(_PERIOD, _KEPT)
    of_events = [events.c.project_id == project_id, *(events.c[name] == wanted for name, wanted in _list_filters(which))]
    came: tuple[sa.ColumnElement[Any], ...] = (period_of(events.c.received_at), sa.func.count())
    received = sa.select(*came).where(*of_events, events.c.received_at >= starts[0]).group_by(_PERIOD)
    ended = (
        sa.select(period_of(deliveries.c.created_at), deliveries.c.status, sa.func.count())
        .join(events, events.c.id == deliveries.c.event_id)
        .where(*of_events, deliveries.c.created_at >= starts[0])
        .group_by(_PERIOD, deliveries.c.status)
    )
    hours = sa.cast(refreshes.c.hour, sa.Double) * HOUR
    summed: tuple[sa.ColumnElement[Any], ...] = (*(sa.func.sum(one) for one in (refreshes.c.done, refreshes.c.failed)),)
    renewed = (
        sa.select(period_of(hours), *summed)
        .where(refreshes.c.project_id == project_id, refreshes.c.hour >= int(starts[0] // HOUR))
        .where(*(refreshes.c[name] == wanted for name, wanted in _list_filters(which)))
        .group_by(_PERIOD)
    )
    return Figures(
        step=which.step,
        periods=_periods(
            starts,
            database.rows(by_limit, reach=reach),
            database.rows(received, reach=reach),
            database.rows(ended, reach=reach),
            {place: (int(done), int(failed)) for place, done, failed in database.rows(renewed, reach=reach)},
        ),
        apps=shares(calls.c.app),
        entities=shares(calls.c.entity_id),
    )


def _list_filters(which: FigureFilter) -> list[tuple[str, str]]:
    given = (("app", which.app), ("entity_id", which.entity_id))
    return [(name, wanted) for name, wanted in given if wanted is not None]


def _periods(
    starts: Sequence[float],
    by_limit: Iterable[Sequence[Any]],
    received: Iterable[Sequence[Any]],
    ended: Iterable[Sequence[Any]],
    renewed: Mapping[int, tuple[int, int]],
) -> tuple[Period, ...]:
    took: defaultdict[int, Counter[int]] = defaultdict(Counter)
    made, failed, arrived = Counter[int](), Counter[int](), Counter[int]()
    for place, limit, number, failures in by_limit:
        made[place] += number
        failed[place] += int(failures)
        if limit is not None:
            took[place][limit] += number
    for place, number in received:
        arrived[place] += number
    outcomes: Counter[tuple[int, str]] = Counter()
    for place, status, number in ended:
        outcomes[place, status] += number
    return tuple(
        Period(
            at=at,
            calls=made[place],
            failed=failed[place],
            half_within=_within(took[place], 0.5),
            most_within=_within(took[place], 0.95),
            events=arrived[place],
            delivered=outcomes[place, DeliveryStatus.DELIVERED],
            undelivered=outcomes[place, DeliveryStatus.FAILED],
            refreshed=renewed.get(place, (0, 0))[0],
            unrefreshed=renewed.get(place, (0, 0))[1],
        )
        for place, at in enumerate(starts)
    )


def _within(took: Counter[int], part: float) -> float | None:
    """Return the first limit met by this part of the calls; None if none is."""
    total, kept = took.total(), 0
    for place, limit in enumerate(LIMITS):
        kept += took[place]
        if total and kept >= part * total:
            return limit
    return None
