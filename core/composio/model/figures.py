"""The number, outcomes and durations of calls, by hour or day, app and entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from composio.errors import InvalidRequest
from composio.model.connection import as_time

__all__ = ["LONGEST_HOURS", "FigureFilter", "Figures", "Period", "Share"]

LONGEST_HOURS = 24 * 90
_HOUR, _DAY = 3600.0, 86_400.0
_MOST_BY_HOUR = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFilter:
    """A filter for calls, events and deliveries: those of the last ``hours``, optionally of one app or one entity."""

    hours: int = 24
    app: str | None = None
    entity_id: str | None = None

    def check(self) -> None:
        """Raise ``InvalidRequest`` for hours out of range."""
        if not 1 <= self.hours <= LONGEST_HOURS:
            raise InvalidRequest(f"hours: from 1 to {LONGEST_HOURS}; got {self.hours}.")

    @property
    def step(self) -> float:
        """The length of each period: an hour, or a day if there would be more than 48."""
        return _HOUR if self.hours <= _MOST_BY_HOUR else _DAY

    def starts(self, now: float) -> list[float]:
        """Return when each period begins, oldest first; the last one is not over. Days are in UTC."""
        last = now // self.step * self.step
        count = max(1, round(self.hours * _HOUR / self.step))
        return [last - self.step * back for back in reversed(range(count))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """An hour or a day from ``at``, in seconds since 1970.

    ``calls`` excludes those that were held or replayed; ``failed`` are those that failed or ended unknown. Half of the finished
    ones took at most ``half_within`` seconds and 95 % at most ``most_within``, rounded up to one of a few fixed limits; None if
    none is finished, or if it took longer than the last limit. ``events`` were received; ``delivered`` and ``undelivered`` are
    deliveries that began in the period and succeeded, or finally failed. ``refreshed`` counts token renewals, ``unrefreshed``
    their failures.
    """

    at: float
    calls: int = 0
    failed: int = 0
    half_within: float | None = None
    most_within: float | None = None
    events: int = 0
    delivered: int = 0
    undelivered: int = 0
    refreshed: int = 0
    unrefreshed: int = 0

    def listing(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "at": as_time(self.at)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The calls of one app or entity: their number, failures, and average duration in seconds."""

    name: str
    calls: int
    failed: int
    seconds: float | None = None

    def listing(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """``periods`` are oldest first, ``step`` seconds each; ``apps`` and ``entities`` are those with most calls, at most 20."""

    step: float
    periods: tuple[Period, ...]
    apps: tuple[Share, ...] = ()
    entities: tuple[Share, ...] = ()

    def listing(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "step": self.step,
            **{name: [one.listing() for one in getattr(self, name)] for name in ("periods", "apps", "entities")},
        }
