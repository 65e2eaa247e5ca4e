"""Poll for new events once per process, for all listeners: a hundred listeners cost no more than one.

Storing events rings the database's bell. On SQLite the bell of other processes can't be heard, so the table is polled as well.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from composio.errors import ComposioError
from composio.process.forks import lock, renew
from composio.store.bell import Topic
from composio.store.projects import Partition
from composio.store.triggers import events
from composio.store.triggers.horizon import Horizon

__all__ = ["EventWatch"]

log = logging.getLogger("composio.triggers")
# Seconds between two looks: without a bell, with one, and while an event can't be read yet.
_LOOK: Final = 0.05
_LOOK_HEARD: Final = 0.1
_SETTLING: Final = 0.005
# The minimum between two looks however often the bell rings, the delay after a failure, and the time that needs no wait.
_LEAST: Final = 0.003
_FAILED: Final = 1.0
_IDLE: Final = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    wake: Callable[[], None]


class EventWatch:
    """``part`` is every project's. A thread polls while a listener waits."""

    def __init__(self, part: Partition) -> None:
        self._part, self._horizon = part, Horizon(part)
        self._turn, self._lock = lock(), lock()
        self._begin_anew()
        renew(self)

    def _begin_anew(self) -> None:
        self._waiters: dict[str, set[_Waiter]] = {}
        # The newest event of each project above `_base`; all up to `_noted` are known.
        self._latest: dict[str, int] = {}
        self._base = self._noted = 0
        self._thread: threading.Thread | None = None
        self._woken = threading.Event()

    def before_fork(self) -> None:
        """Nothing to do: the parent continues."""

    def after_fork(self) -> None:
        """Drop the thread and the loops that it wakes: they are the parent's."""
        self._begin_anew()

    def newest(self) -> int:
        """Return the last assigned sequence. Blocking."""
        return self._horizon.newest()

    def advance(self) -> int:
        """Return the sequence up to which events can be read now. Blocking."""
        with self._turn:
            return self._horizon.advance()

    async def wait(self, project: str, upto: int, seconds: float) -> None:
        """Wait until ``project`` has an event after ``upto``, at most ``seconds``. May return early."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken.set)

        waiter = _Waiter(wake)
        if not self._add(project, waiter, upto):
            return
        try:
            async with asyncio.timeout(seconds):
                await woken.wait()
        except TimeoutError:
            pass
        finally:
            with self._lock:
                self._waiters.get(project, set()).discard(waiter)

    def _add(self, project: str, waiter: _Waiter, upto: int) -> bool:
        """Register a waiter; False if there may be an event already."""
        with self._lock:
            if self._thread is None:
                self._base = self._noted = upto
                self._latest.clear()
                self._thread = threading.Thread(target=self._run, name="composio-event-watch", daemon=True)
                self._thread.start()
            elif upto < self._base or self._latest.get(project, 0) > upto:
                return False
            self._waiters.setdefault(project, set()).add(waiter)
            return True

    # Runs on its own thread

    def _run(self) -> None:
        needed = time.monotonic()
        with self._part.bell.hearing(Topic.EVENTS, self._woken.set):
            while True:
                pause = self._look_once()
                with self._lock:
                    if any(self._waiters.values()):
                        needed = time.monotonic()
                    elif time.monotonic() - needed > _IDLE:
                        self._thread = None
                        return
                time.sleep(_LEAST)
                self._woken.wait(pause)
                self._woken.clear()

    def _look_once(self) -> float:
        """Wake the waiters with new events. Returns the seconds until the next look."""
        try:
            upto = self.advance()
            found = events.find_latest(self._part, self._noted, upto) if upto > self._noted else {}
        except ComposioError as error:
            log.debug("new events can't be looked for, trying again: %s", error)
            self._wake(list(self._waiters))  # the waiters see the error themselves
            return _FAILED
        with self._lock:
            self._latest |= found
            self._noted = max(self._noted, upto)
        self._wake(found)
        if self._horizon.is_settling:
            return _SETTLING
        return _LOOK_HEARD if self._part.is_direct else _LOOK

    def _wake(self, projects: Iterable[str]) -> None:
        with self._lock:
            woken = [one for project in projects for one in self._waiters.pop(project, ())]
        for one in woken:
            one.wake()
