"""Background work that runs to its end even if its caller leaves.

Threads start on first use and end when nothing is left to do. ``close`` and the end of the program wait for running work: a
rotated refresh token is lost if nobody stores the new one.
"""

from __future__ import annotations

import atexit
import contextvars
import functools
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, Final, TypeVar

__all__ = ["LEAVE_SECONDS", "Background"]

T = TypeVar("T")
# How long the end of the program waits for work that may have changed something elsewhere.
LEAVE_SECONDS = 20.0
_MOST_THREADS: Final = 100
_ALL: weakref.WeakSet[Background] = weakref.WeakSet()
_WATCHED: set[int] = set()  # processes that wait at their end


class Background:
    """Runs one piece of work per key at a time. Thread-safe; a forked child starts empty."""

    def __init__(self) -> None:
        self._begin_anew()
        _ALL.add(self)

    def _begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Future[Any]] = {}
        self._waiting: deque[tuple[str, Callable[[], Any], Future[Any]]] = deque()
        self._threads = 0
        self._last: list[Callable[[], object]] = []
        self._left: weakref.WeakSet[Future[Any]] = weakref.WeakSet()
        self._pid = os.getpid()

    def _check_process(self) -> None:
        # A forked child has neither the parent's threads nor a reliable state of its lock.
        if self._pid != os.getpid():
            self._begin_anew()

    def start(self, key: str, work: Callable[[], T]) -> Future[T]:
        """Run ``work`` on a thread. If work of this key is running, return that instead."""
        future, is_new = self.adopt(key)
        if not is_new:
            return future
        _watch_the_end()
        with self._lock:
            self._waiting.append((key, work, future))
            if self._threads >= _MOST_THREADS:
                return future
            self._threads += 1
        try:
            threading.Thread(target=self._serve, name="composio-background", daemon=True).start()
        except RuntimeError:  # the interpreter is ending, or no thread can be started: the caller runs it
            self._serve()
        return future

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                key, work, future = self._waiting.popleft()
            try:
                # Without the caller's deadline and tracing: callers come and go.
                settle = functools.partial(future.set_result, contextvars.Context().run(work))
            except BaseException as error:  # waiters get it
                settle = functools.partial(future.set_exception, error)
            self.finish(key, settle)

    def adopt(self, key: str) -> tuple[Future[Any], bool]:
        """Return the running work of ``key``, and whether this call started it: then the caller ends it with :meth:`finish`."""
        self._check_process()
        with self._lock:
            going = self._running.get(key)
            if going is not None:
                return going, False
            future: Future[Any] = Future()
            future.set_running_or_notify_cancel()
            self._running[key] = future
            return future, True

    def finish(self, key: str, settle: Callable[[], object]) -> None:
        """End the work of ``key``; ``settle`` sets its result."""
        with self._lock:
            self._running.pop(key, None)
        settle()  # only now: a waiter who needs more starts over, and must not get the same result
        self._close_what_waits()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is running. Returns False if something still is. Work that timed out once is not awaited again."""
        self._check_process()
        with self._lock:
            going = set(self._running.values()) - set(self._left)
        pending = wait(going, seconds).not_done if going else set()
        with self._lock:
            self._left.update(pending)
            return not self._running

    def then(self, last: Callable[[], object]) -> None:
        """Call ``last`` once nothing is running: at once, or after the last work."""
        self._check_process()
        with self._lock:
            self._last.append(last)
        self._close_what_waits()

    def _close_what_waits(self) -> None:
        with self._lock:
            if self._running or not self._last:
                return
            last, self._last = self._last, []
        for one in last:
            one()


def _watch_the_end() -> None:
    pid = os.getpid()
    if pid in _WATCHED:
        return
    if not _WATCHED:
        atexit.register(_leave)
    _WATCHED.add(pid)
    # A child of multiprocessing ends without running atexit callbacks.
    if (util := sys.modules.get("multiprocessing.util")) is not None:
        util.Finalize(None, _leave, exitpriority=0)


def _leave() -> None:
    """Wait for running work at the end of the program, up to a limit."""
    end = time.monotonic() + LEAVE_SECONDS
    with suppress(KeyboardInterrupt):  # whoever is in a hurry
        for one in list(_ALL):
            one.wait(max(0.0, end - time.monotonic()))
