"""Waiting for a time, or for somebody who says that there is work."""

from __future__ import annotations

import asyncio
import contextlib

__all__ = ["Waiting"]


class Waiting:
    """One loop's. What is said between :meth:`begin` and :meth:`wait` is not missed."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """From now on it is noted that somebody wakes."""
        self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Until somebody wakes, ``seconds`` at most."""
        if self._event is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), seconds)

    def wake(self) -> None:
        """From any thread; nothing where nobody waits."""
        loop, event = self._loop, self._event
        if loop is not None and event is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(event.set)
