"""One time for every instance: the database's, whatever the clocks of their machines say."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from composio.store.database import Database

__all__ = ["SharedClock"]

log = logging.getLogger("composio.server")
_TOLERATED: Final = 0.5  # seconds: how long the answer takes makes as much of a difference
_REMARKABLE: Final = 5.0
_TRIES: Final = 2  # the first may have to connect
_NOW = sa.text("SELECT EXTRACT(EPOCH FROM clock_timestamp())")


class SharedClock:
    """Seconds since 1970. Use: ``measure`` now and then, which blocks; calling the clock asks nobody.

    Instances that share an SQLite file are on one machine, and have its clock.
    """

    def __init__(self, database: Database, local: Callable[[], float] = time.time) -> None:
        self._database, self._local = database, local
        self._offset, self._warned = 0.0, False

    def __call__(self) -> float:
        """The time now."""
        return self._local() + self._offset

    def measure(self) -> float:
        """Ask the database for its time; how many seconds it is ahead of this machine. Raises ``StoreError``."""
        if self._database.url.get_backend_name() != "postgresql":
            return 0.0
        took, ahead = min(self._ask() for _ in range(_TRIES))
        # An answer that took its time tells less than is known already.
        if abs(ahead - self._offset) > max(_TOLERATED, took):
            self._offset = ahead if abs(ahead) > _TOLERATED else 0.0
        if abs(ahead) > _REMARKABLE and not self._warned:
            log.warning("this machine's clock is %.0f s off the database's, which counts; set it by NTP", -ahead)
        self._warned = abs(ahead) > _REMARKABLE
        return ahead

    def _ask(self) -> tuple[float, float]:
        """How long the answer took, and how far ahead of this machine the database is then, give or take half of that."""
        before = self._local()
        theirs = float(self._database.scalar(_NOW, {}))
        after = self._local()
        return after - before, theirs - (before + after) / 2

    def sweep(self) -> int:
        """Measure now and then, as part of what a server does by itself; no row goes."""
        self.measure()
        return 0
