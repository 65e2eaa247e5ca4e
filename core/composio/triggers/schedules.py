"""Compute the times of a cron expression in a time zone. Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from composio.errors import InvalidRequest

__all__ = ["due_times", "next_time"]

_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS = 5


def due_times(cron: str, zone: str, *, after: float, until: float, most: int = 100) -> list[datetime]:
    """Return the last ``most`` times after ``after`` and up to ``until`` (seconds since 1970), oldest first.

    A time skipped in spring is due right after the gap; a time that occurs twice in autumn is due once. Raises InvalidRequest
    if ``cron`` does not have five fields, or ``zone`` is unknown.
    """
    end = datetime.fromtimestamp(until, UTC)
    backwards = takewhile(
        lambda moment: moment.timestamp() > after, _times(cron, zone, end + timedelta(seconds=1), reverse=True)
    )
    return list(islice(backwards, most))[::-1]


def next_time(cron: str, zone: str, *, after: float) -> float | None:
    """Return the next time, in seconds since 1970; None if there is none, as on February 30. Raises InvalidRequest."""
    found = next(_times(cron, zone, datetime.fromtimestamp(after, UTC), reverse=False), None)
    return None if found is None else found.timestamp()


def _times(cron: str, zone: str, start: datetime, *, reverse: bool) -> Iterator[datetime]:
    from cronsim import CronSim, CronSimError

    try:
        local = start.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidRequest(f"time_zone: {zone!r:.60} is not a time zone; expected a name such as Europe/Berlin.") from None
    text = _MACROS.get(cron.strip().lower(), cron.strip())
    found: Iterator[datetime] | None = None
    if len(text.split()) == _FIELDS:  # with six fields, the first one would be seconds
        with contextlib.suppress(CronSimError):
            found = CronSim(text, local, reverse=reverse)
    if found is None:
        raise InvalidRequest(
            f"cron: {cron!r:.60} never comes due; expected minute, hour, day of month, month and day of week, for example"
            " '0 9 * * MON-FRI'."
        )
    return found
