"""Blocking work away from the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, ParamSpec, TypeVar

import anyio.to_thread

__all__ = ["Lane", "off_loop", "on_loop"]

P = ParamSpec("P")
T = TypeVar("T")
_IDLE: Final = 10.0  # seconds after which an idle thread ends
_HERE = threading.local()  # the loop that a lane's thread works for


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return the result of blocking ``work`` without blocking the loop."""
    return await anyio.to_thread.run_sync(partial(work, *args, **kwargs))


def on_loop(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on the loop that submitted the work of the calling thread, one of a :class:`Lane`."""
    loop: asyncio.AbstractEventLoop = _HERE.loop
    return asyncio.run_coroutine_threadsafe(work(), loop).result()


class _Job(Generic[T]):
    """Work that a loop submitted for a thread."""

    __slots__ = ("context", "future", "loop", "work")

    def __init__(self, work: Callable[[], T]) -> None:
        self.work, self.context, self.loop = work, copy_context(), asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()

    def run(self) -> None:
        result: Any = None
        error: BaseException | None = None
        _HERE.loop = self.loop
        try:
            result = self.context.run(self.work)
        except BaseException as raised:  # the waiter gets every exception
            error = raised
        with suppress(RuntimeError):  # the loop ended, and with it the waiter
            self.loop.call_soon_threadsafe(self._finish, result, error)

    def _finish(self, result: T, error: BaseException | None) -> None:
        if self.future.done():  # the waiter was cancelled
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Lane:
    """Threads for one kind of work: at most ``most``, however many others are busy.

    The most recently idle thread gets the next work: this costs a fraction of anyio's threads, which also count tokens
    and open scopes for each piece of work.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[_Job[Any] | None]] = []
        self._waiting: deque[_Job[Any]] = deque()
        self._threads = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of blocking ``work``. Cancellation does not stop the work."""
        job = _Job(work)
        with self._lock:
            if self._idle:
                self._idle.pop().put(job)
            elif self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._serve, args=[job], name=self._name, daemon=True).start()
            else:
                self._waiting.append(job)
        return await job.future

    def close(self) -> None:
        """End idle threads; busy ones end when they are done."""
        with self._lock:
            idle, self._idle = self._idle, []
            for one in idle:
                one.put(None)

    def _serve(self, job: _Job[Any]) -> None:
        mine: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        following: _Job[Any] | None = job
        while following is not None:
            following.run()
            following = self._next(mine) or self._leave()

    def _next(self, mine: SimpleQueue[_Job[Any] | None]) -> _Job[Any] | None:
        """Return the next work; None if the thread should end."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.append(mine)
        try:
            return mine.get(timeout=_IDLE)
        except Empty:
            with self._lock:
                if mine in self._idle:
                    self._idle.remove(mine)
                    return None
            return mine.get()  # this thread was taken at that moment

    def _leave(self) -> _Job[Any] | None:
        """Make room for another thread, unless a waiter has just arrived."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._threads -= 1
            return None
