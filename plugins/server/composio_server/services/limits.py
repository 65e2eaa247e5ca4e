"""Rate limits per project, key or entity: token buckets, shared by every instance through the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.errors import ConfigurationError
from composio.store.database import Database
from composio.store.gathering import Gathering
from composio_server.store.tables import buckets as table

__all__ = ["KINDS", "Limits", "Rate", "TooManyRequests", "read_rates"]

KINDS: Final = ("project", "key", "entity")
_IDLE = 3_600.0  # seconds after which an unused bucket is full, and deleted
_FORM = "a number of calls per second with an optional burst, as in 50/s or 50/s:200"


class TooManyRequests(Exception):
    """A rate limit is exceeded. ``wait`` is the number of seconds until the next call is allowed."""

    def __init__(self, kind: str, rate: Rate, wait: float) -> None:
        self.wait = wait
        super().__init__(
            f"Too many calls: this {kind} may make {rate.per_second:g} a second, {rate.burst:g} at once. Wait {wait:.1f} s."
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` calls on average, and up to ``burst`` at once."""

    per_second: float
    burst: float

    @classmethod
    def of(cls, text: str) -> Rate:
        """Parse ``50/s`` or ``50/s:200``. Raises ``ConfigurationError`` for anything else."""
        rate, _, burst = text.strip().partition(":")
        try:
            per_second = float(rate.removesuffix("/s"))
            most = float(burst) if burst else max(1.0, per_second)
        except ValueError:
            raise ConfigurationError(f"A rate is {_FORM}; got {text!r:.40}.") from None
        if not (0 < per_second < 1e6 and 1 <= most < 1e9):  # NaN is neither
            raise ConfigurationError(f"A rate is {_FORM}, above 0 and a burst of at least 1; got {text!r:.40}.")
        return cls(per_second, most)


def read_rates(given: Mapping[str, Any]) -> dict[str, Rate]:
    """Parse rates by their subject. Raises ``ConfigurationError`` for an invalid kind or rate."""
    unknown = sorted(set(given) - set(KINDS))
    if unknown:
        raise ConfigurationError(f"Rates limit {', '.join(KINDS)}; got {unknown[0]!r:.40}.")
    return {kind: Rate.of(str(text)) for kind, text in given.items() if text}


@dataclass(frozen=True, slots=True)
class _Taking:
    project_id: str
    kind: str
    subject: str
    rate: Rate


class Limits:
    """Take tokens. Blocking and thread-safe.

    ``usual`` are the rates of projects without their own; if there are none, nothing is read.
    """

    def __init__(self, database: Database, usual: Mapping[str, Rate], now: Callable[[], float] = time.time) -> None:
        self._database, self._usual, self._now = database, usual, now
        self._taken: Gathering[_Taking, float] = Gathering(self._take)

    def check(self, project_id: str, own: Mapping[str, Rate], **subjects: str) -> None:
        """Count one call. Raises ``TooManyRequests`` if one of its rates is exceeded."""
        for kind, subject in subjects.items():
            rate = own.get(kind) or self._usual.get(kind)
            if rate is None:
                continue
            wait = self._taken.do(_Taking(project_id, kind, subject, rate))
            if wait > 0:
                raise TooManyRequests(kind, rate, wait)

    def sweep(self) -> int:
        """Delete buckets that are full again."""
        return self._database.change(sa.delete(table).where(table.c.at < self._now() - _IDLE))

    def _take(self, asked: Sequence[_Taking]) -> list[float]:
        now = self._now()
        # In a fixed order, so that two instances with the same buckets never deadlock.
        order = sorted(range(len(asked)), key=lambda at: (asked[at].project_id, asked[at].kind, asked[at].subject))
        waits = [0.0] * len(asked)
        with self._database.write() as connection:
            for at in order:
                waits[at] = self._take_one(connection, asked[at], now)
        return waits

    def _take_one(self, connection: sa.Connection, asked: _Taking, now: float) -> float:
        """Return how long to wait: 0 if a token was available."""
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        key = {"project_id": asked.project_id, "kind": asked.kind, "subject": asked.subject}
        least = sa.func.least if connection.dialect.name == "postgresql" else sa.func.min
        refilled = least(sa.literal(asked.rate.burst), table.c.left + (now - table.c.at) * asked.rate.per_second)
        statement = (
            insert(table)
            .values(**key, left=asked.rate.burst - 1, at=now)
            .on_conflict_do_update(
                index_elements=["project_id", "kind", "subject"],
                set_={"left": refilled - 1, "at": now},
                where=refilled >= 1,
            )
        )
        if connection.execute(statement.returning(table.c.left)).first() is not None:
            return 0.0
        row = connection.execute(sa.select(table.c.left, table.c.at).filter_by(**key)).one()
        there: float = min(asked.rate.burst, row[0] + (now - row[1]) * asked.rate.per_second)
        return max(0.001, (1 - there) / asked.rate.per_second)
