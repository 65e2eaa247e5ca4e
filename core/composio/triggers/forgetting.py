"""Delete expired data: provider ids that can no longer repeat, and old events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from composio.errors import ComposioError
from composio.store.projects import Partition
from composio.store.triggers import events
from composio.triggers.waiting import Waiting

__all__ = ["KEPT_SECONDS", "Forgetting"]

log = logging.getLogger("composio.triggers")
KEPT_SECONDS: Final = 30 * 86400.0
_EVERY: Final = 3600.0
_BATCH: Final = 1000


class Forgetting:
    """Runs once an hour. ``part`` selects the events; events are kept for ``kept_seconds`` for lookup and resending."""

    def __init__(self, part: Partition, *, kept_seconds: float = KEPT_SECONDS, now: Callable[[], float] = time.time) -> None:
        self._part, self._kept_seconds, self._now = part, kept_seconds, now
        self._waiting, self._stopped = Waiting(), False

    async def run(self) -> None:
        """Run until :meth:`stop`."""
        while not self._stopped:
            self._waiting.begin()
            try:
                await asyncio.to_thread(self.sweep)
            except ComposioError as error:
                log.warning("old events could not be forgotten, trying again later: %s", error)
            await self._waiting.wait(_EVERY)

    def stop(self) -> None:
        """End :meth:`run`. Callable from any thread."""
        self._stopped = True
        self._waiting.wake()

    def sweep(self) -> int:
        """Delete once; returns the number of events. Blocking. Events with pending deliveries stay."""
        now, count = self._now(), 0
        events.release_keys(self._part, now - events.KEPT_KEY_SECONDS)
        while not self._stopped:
            gone = events.purge(self._part, now - self._kept_seconds, limit=_BATCH)
            count += gone
            if gone < _BATCH:
                break
        return count
