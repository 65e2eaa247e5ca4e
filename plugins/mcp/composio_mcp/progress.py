"""Progress of a call for a client that requests it: the upstream's, else a heartbeat."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import anyio

from composio.visible import visible

__all__ = ["Progress"]

_GAP_SECONDS = 0.1  # a server that reports each byte notifies its client no more often than this
_LONGEST = 500


class Progress:
    """Receives the upstream's progress, on any thread; :meth:`run` forwards it. If it comes too fast, the latest counts."""

    def __init__(self, session: Any, seconds: float) -> None:
        self._session, self._seconds = session, seconds
        self._loop = asyncio.get_running_loop()
        self._said: tuple[float, float | None, str | None] | None = None
        self._woken = anyio.Event()
        self._sent = self._offset = 0.0
        self._is_upstreams = False

    def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        """Record the upstream's progress."""
        if not math.isfinite(progress):
            return
        known = total if total is not None and math.isfinite(total) else None
        try:
            self._loop.call_soon_threadsafe(self._note, progress, known, message)
        except RuntimeError:  # the client's server has ended
            return

    def _note(self, progress: float, total: float | None, message: str | None) -> None:
        self._said = (progress, total, visible(message)[:_LONGEST] if message else None)
        self._woken.set()

    async def run(self) -> None:
        """Notify the client, until cancelled; nothing is sent to one that did not request progress."""
        began = time.monotonic()
        while True:
            with anyio.move_on_after(self._seconds):
                await self._woken.wait()
            said, self._said, self._woken = self._said, None, anyio.Event()
            waited = time.monotonic() - began
            if said is None and self._is_upstreams:
                continue
            if said is None:
                told: tuple[float, float | None, str | None] = (round(waited, 3), None, f"Running for {waited:.0f} s.")
            else:
                told = self._follow(*said)
            if told[0] <= self._sent:  # the protocol's numbers only grow
                continue
            self._sent = told[0]
            try:
                await self._session.report_progress(*told)
            except Exception:  # an unreachable client must not end the call
                return
            await anyio.sleep(_GAP_SECONDS if said is not None else 0)

    def _follow(self, progress: float, total: float | None, message: str | None) -> tuple[float, float | None, str | None]:
        """Return the upstream's numbers, offset by the seconds reported before its first."""
        if not self._is_upstreams:
            self._is_upstreams = True
            self._offset = max(0.0, self._sent - progress + 1) if progress <= self._sent else 0.0
        return progress + self._offset, None if total is None else total + self._offset, message
