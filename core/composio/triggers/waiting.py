"""Wait for a time, or for a wake-up."""

from __future__ import annotations

import asyncio
import contextlib

__all__ = ["Waiting"]


class Waiting:
    """Belongs to one loop. A wake-up between :meth:`begin` and :meth:`wait` is not lost."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """Start recording wake-ups."""
        self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait for a wake-up, at most ``seconds``."""
        if self._event is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), seconds)

    def wake(self) -> None:
        """Wake the waiter. Callable from any thread; does nothing without a waiter."""
        loop, event = self._loop, self._event
        if loop is not None and event is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(event.set)
