"""Hours of the week: ``mon-fri 09:00-17:00 Europe/Berlin``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from composio.errors import InvalidRequest

__all__ = ["Hours"]

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM: Final = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?)*)\s+)?"
    r"(?P<start>\d{2}:\d{2})-(?P<end>\d{2}:\d{2})(?:\s+(?P<zone>[A-Za-z][\w+/-]*))?"
)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours on ``days`` (0 is Monday). An end at or before the start is on the next day."""

    text: str
    days: frozenset[int]
    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def of(cls, text: object) -> Hours:
        """Parse hours. The default is every day, and UTC. Raises ``InvalidRequest``."""
        found = _FORM.fullmatch(" ".join(text.split())) if isinstance(text, str) else None
        if found is None:
            raise InvalidRequest(f'Hours are written as in "mon-fri 09:00-17:00 Europe/Berlin"; got {text!r:.60}.')
        try:
            days = frozenset(day for part in (found["days"] or "mon-sun").split(",") for day in _range(part))
            start, end = (_time(found[name]) for name in ("start", "end"))
            zone = ZoneInfo(found["zone"] or "UTC")
        except (ValueError, KeyError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
            why = f"the zone {found['zone']!r} is not known here" if isinstance(error, KeyError | OSError) else str(error)
            raise InvalidRequest(f"The hours {text!r:.60}: {why}.") from None
        return cls(found[0], days, start, end, zone)

    def hold(self, moment: datetime) -> bool:
        """Return whether a moment, converted from its own zone, lies within the hours."""
        here = moment.astimezone(self.zone)
        now = here.time()
        if self.start < self.end:
            return here.weekday() in self.days and self.start <= now < self.end
        began = here if now >= self.start else here - timedelta(days=1)
        return began.weekday() in self.days and (now >= self.start or now < self.end)

    def __str__(self) -> str:
        return self.text


def _range(part: str) -> list[int]:
    first, _, last = part.partition("-")
    for one in (first, last or first):
        if one not in _DAYS:
            raise ValueError(f"{one!r} is no day; days are {', '.join(_DAYS)}")
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _time(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)
