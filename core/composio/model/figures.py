"""How many calls were made, how they ended and how long they took, by hour or day, app and entity."""

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
    """Of which calls, events and deliveries: those of the last ``hours``, of one app or one entity where they are given."""

    hours: int = 24
    app: str | None = None
    entity_id: str | None = None

    def check(self) -> None:
        """Raise ``InvalidRequest`` for hours out of bounds."""
        if not 1 <= self.hours <= LONGEST_HOURS:
            raise InvalidRequest(f"hours: from 1 to {LONGEST_HOURS}; got {self.hours}.")

    @property
    def step(self) -> float:
        """How long each period is: an hour, or a day where there would be more than 48."""
        return _HOUR if self.hours <= _MOST_BY_HOUR else _DAY

    def starts(self, now: float) -> list[float]:
        """When each period begins, oldest first; the last one is not over. Days are those of UTC."""
        last = now // self.step * self.step
        count = max(1, round(self.hours * _HOUR / self.step))
        return [last - self.step * back for back in reversed(range(count))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """An hour or a day from ``at``, in seconds since 1970.

    ``calls`` leaves out those that were held or got an earlier answer; ``failed`` is how many of them failed, or ended unknown. Half
    of those that are over took at most ``half_within`` seconds and 95 % at most ``most_within``, of a few fixed limits; None if
    none is over, or if it took longer than the last limit. ``events`` came; ``delivered`` and ``undelivered`` are deliveries that
    began then and ended well, or failed for good. ``refreshed`` is how often tokens were renewed, ``unrefreshed`` how often that failed.
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
        """As JSON has it."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "at": as_time(self.at)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The calls of one app or entity: how many, how many of them failed, and how many seconds one took on average."""

    name: str
    calls: int
    failed: int
    seconds: float | None = None

    def listing(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """``periods`` are oldest first, ``step`` seconds each; ``apps`` and ``entities`` those with most calls, at most 20."""

    step: float
    periods: tuple[Period, ...]
    apps: tuple[Share, ...] = ()
    entities: tuple[Share, ...] = ()

    def listing(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "step": self.step,
            **{name: [one.listing() for one in getattr(self, name)] for name in ("periods", "apps", "entities")},
        }
