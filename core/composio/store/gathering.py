"""Batch many small writes into few transactions: values that arrive during one go into the next, together."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from composio.errors import StoreError

__all__ = ["Gathering"]

T = TypeVar("T")
R = TypeVar("R")
_MOST = 200
_MOST_KEPT = 20_000


class _Item(Generic[T, R]):
    """A value to write, and its result."""

    __slots__ = ("error", "future", "is_awaited", "is_done", "result", "value")

    def __init__(self, value: T, *, is_awaited: bool, future: asyncio.Future[None] | None = None) -> None:
        self.value, self.is_awaited, self.future = value, is_awaited, future
        self.is_done = False
        self.result: R | None = None
        self.error: Exception | None = None

    def end(self, result: R | None, error: Exception | None = None) -> None:
        """Called from the thread that did it."""
        self.result, self.error, self.is_done = result, error, True
        if self.future is not None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self.future.get_loop().call_soon_threadsafe(_wake, self.future)

    def get(self) -> R:
        """Return the result or raise the error."""
        if self.error is not None:
            raise self.error
        result: R = self.result  # type: ignore[assignment]  # it is done
        return result


class Gathering(Generic[T, R]):
    """``work``, which blocks, gets up to 200 values at once and returns as many results, in order.

    On threads, the first caller writes the values of all who arrive meanwhile, so that no thread is woken. On a loop, a thread
    does it. If the database refuses one of the values, each is written separately, and only its caller gets the error. Values
    without a waiter describe the past: they are retried after any other error, at most 20,000.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._work = work
        self._waiting: deque[_Item[T, R]] = deque()
        self._turn = threading.Lock()
        self._serving: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, value: T) -> None:
        """Write ``value`` together with the next one that has a waiter."""
        self._waiting.append(_Item(value, is_awaited=False))

    def do(self, value: T) -> R:
        """Write ``value`` and return its result. Raises the errors of ``work``."""
        item: _Item[T, R] = _Item(value, is_awaited=True)
        self._waiting.append(item)
        with self._turn:
            while not item.is_done:
                self._do(self._take())
        return item.get()

    async def add(self, value: T) -> R:
        """Like :meth:`do`, on a loop."""
        loop = asyncio.get_running_loop()
        item: _Item[T, R] = _Item(value, is_awaited=True, future=loop.create_future())
        self._waiting.append(item)
        if self._serving is None or self._serving.done() or self._serving.get_loop() is not loop:
            self._serving = loop.create_task(self._serve())
        assert item.future is not None
        await item.future
        return item.get()

    def flush(self) -> None:
        """Write the pending values. Raises the error of ``work`` if some remain."""
        with self._turn:
            for _ in range(1 + len(self._waiting) // _MOST):
                if (error := self._do(self._take())) is not None:
                    raise error

    async def _serve(self) -> None:
        while self._waiting:
            await asyncio.to_thread(self._do_next)

    def _do_next(self) -> None:
        with self._turn:
            self._do(self._take())

    def _take(self) -> list[_Item[T, R]]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST))]

    def _do(self, items: Sequence[_Item[T, R]]) -> Exception | None:
        """Give each of ``items`` its result or its error. Returns the error after which some must wait."""
        if not items:
            return None
        try:
            results = self._work([one.value for one in items])
            pairs = list(zip(items, results, strict=True))
        except Exception as error:
            if isinstance(error, StoreError) and error.reason == "value":
                if len(items) == 1:
                    items[0].end(None, error)
                    return None
                return next((found for one in items if (found := self._do([one])) is not None), None)
            for one in reversed(items):
                if one.is_awaited:
                    one.end(None, error)
                elif len(self._waiting) < _MOST_KEPT:
                    self._waiting.appendleft(one)
            return error
        for one, result in pairs:
            one.end(result)
        return None


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
