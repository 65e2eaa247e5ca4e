"""The cursor of polling: what an instance's polls have seen so far, as JSON. Pure."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["PollState", "fingerprint"]

_DAY: Final = 86_400.0
# How long the id of an unlisted item is remembered, and how many ids at most.
_KEPT, _MOST = 30 * _DAY, 10_000
_MOST_TIMED = 5_000
# An item may be listed this much later than its time, however small the trigger's overlap is.
_LATEST = 3_600.0
# The clocks of several machines differ by less.
_SKEW = 60.0


@dataclass(slots=True, kw_only=True)
class PollState:
    """One instance's cursor. ``started`` is its enabling, ``at`` its last complete poll, ``begun`` whether it ever polled.

    ``time`` is the latest item's, ``high`` that of a poll which is not complete yet, ``floor`` what no item may be older than.
    ``token`` is the provider's own mark. ``resume`` is the page that the next poll begins with. ``seen`` are ids and their
    time, or when they were listed; ``late`` those that were listed and could not be read yet. ``prints`` has ``[fingerprint,
    when it was listed, how often it changed]`` for each id, ``items`` the listed items themselves.
    """

    started: float
    at: float | None = None
    begun: bool = False
    time: float | None = None
    high: float | None = None
    floor: float = 0.0
    token: Any = None
    resume: Any = None
    seen: dict[str, float] = field(default_factory=dict)
    late: dict[str, float] = field(default_factory=dict)
    prints: dict[str, list[Any]] = field(default_factory=dict)
    items: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, Any], started: float) -> PollState:
        """Parse the output of :meth:`as_json`; a new cursor if it is empty. Unknown names are ignored."""
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        for name in ("seen", "late", "prints", "items"):
            known[name] = dict(known.get(name) or {})
        return cls(**{"started": started, **known})

    def as_json(self) -> dict[str, Any]:
        """Return the values that differ from a new cursor."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in found.items() if value not in (None, False, {})}

    def forget(self, now: float) -> None:
        """Drop the ids of items that providers no longer list."""
        self.seen = _newest({key: at for key, at in self.seen.items() if at > now - _KEPT}, _MOST)
        self.late = {key: at for key, at in self.late.items() if at > now - _DAY}
        if len(self.prints) > _MOST or any(at <= now - _KEPT for _, at, _ in self.prints.values()):
            kept = _newest({key: at for key, (_, at, _) in self.prints.items() if at > now - _KEPT}, _MOST)
            self.prints = {key: self.prints[key] for key in kept}

    def rewind(self, now: float, overlap: float) -> None:
        """Discard times in the future: the clock was ahead when they were recorded, and new events are no older.

        Items listed again for that reason have the same ids.
        """
        if max(self.started, self.time or 0.0) > now + _SKEW:
            self.started = min(self.started, now)
            self.time = None if self.time is None else min(self.time, now)
            self.floor = min(self.floor, now - max(overlap, _LATEST))

    def advance(self, time: float | None, overlap: float) -> None:
        """Advance to ``time``, never back. Items older than the overlap can't appear any more and are forgotten."""
        self.time = max(at for at in (self.started, self.time, time) if at is not None)
        self.floor = max(self.floor, self.time - max(overlap, _LATEST))
        kept = {key: at for key, at in self.seen.items() if at >= self.floor}
        if len(kept) > _MOST_TIMED:
            kept = _newest(kept, _MOST_TIMED)
            self.floor = max(self.floor, min(kept.values()))
        self.seen = kept


def fingerprint(value: Any) -> str:
    """Return a short hash of a JSON value."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _newest(found: dict[str, float], most: int) -> dict[str, float]:
    return found if len(found) <= most else dict(heapq.nlargest(most, found.items(), key=lambda pair: pair[1]))
