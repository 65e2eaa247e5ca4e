"""One time for every instance: the database's, regardless of the machines' clocks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from composio.store.database import Database

__all__ = ["SharedClock"]

log = logging.getLogger("composio.server")
_TOLERATED: Final = 0.5  # seconds: the duration of the query is an equal uncertainty
_REMARKABLE: Final = 5.0
_TRIES: Final = 2  # the first may have to connect
_NOW = sa.text("SELECT EXTRACT(EPOCH FROM clock_timestamp())")


class SharedClock:
    """Return seconds since 1970. ``measure`` periodically, which blocks; calling the clock does no I/O.

    Instances that share an SQLite file are on one machine, and have its clock.
    """

    def __init__(self, database: Database, local: Callable[[], float] = time.time) -> None:
        self._database, self._local = database, local
        self._offset, self._warned = 0.0, False

    def __call__(self) -> float:
        """Return the current time."""
        return self._local() + self._offset

    def measure(self) -> float:
        """Query the database's time; return how many seconds it is ahead of this machine. Raises ``StoreError``."""
        if self._database.url.get_backend_name() != "postgresql":
            return 0.0
        took, ahead = min(self._ask() for _ in range(_TRIES))
        # A slow answer is less precise than what is known already.
        if abs(ahead - self._offset) > max(_TOLERATED, took):
            self._offset = ahead if abs(ahead) > _TOLERATED else 0.0
        if abs(ahead) > _REMARKABLE and not self._warned:
            log.warning("this machine's clock is %.0f s off the database's, which counts; set it by NTP", -ahead)
        self._warned = abs(ahead) > _REMARKABLE
        return ahead

    def _ask(self) -> tuple[float, float]:
        """Return the query's duration, and how far the database is ahead, give or take half the duration."""
        before = self._local()
        theirs = float(self._database.scalar(_NOW, {}))
        after = self._local()
        return after - before, theirs - (before + after) / 2

    def sweep(self) -> int:
        """Measure periodically, as a housekeeping task; it deletes no rows."""
        self.measure()
        return 0
