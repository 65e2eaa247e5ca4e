"""Many small writes as few transactions, for threads: what comes while one is under way goes into the next, together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from composio.errors import StoreError

__all__ = ["Groups"]

T = TypeVar("T")
R = TypeVar("R")
_MOST = 200
_MOST_KEPT = 20_000


class _Item(Generic[T, R]):
    """What somebody wants done, and what came of it."""

    __slots__ = ("error", "is_awaited", "is_done", "result", "value")

    def __init__(self, value: T, *, is_awaited: bool) -> None:
        self.value, self.is_awaited = value, is_awaited
        self.is_done = False
        self.result: R | None = None
        self.error: Exception | None = None


class Groups(Generic[T, R]):
    """``work`` gets up to 200 values at once and gives as many results, in their order.

    Whoever comes first does it for all who came meanwhile, on its own thread: nobody is woken for it. Where the database refuses
    one of the values, each is done by itself, and the error reaches only whose it is. What nobody waits for has happened already:
    it is tried again after any other error, 20,000 of it at most.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._work = work
        self._waiting: deque[_Item[T, R]] = deque()
        self._turn = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, value: T) -> None:
        """Have ``value`` done with the next that somebody waits for."""
        self._waiting.append(_Item(value, is_awaited=False))

    def do(self, value: T) -> R:
        """Have ``value`` done, and what came of it. Raises what ``work`` raises."""
        item: _Item[T, R] = _Item(value, is_awaited=True)
        self._waiting.append(item)
        with self._turn:
            while not item.is_done:
                self._do(self._take())
        if item.error is not None:
            raise item.error
        result: R = item.result  # type: ignore[assignment]  # it is done
        return result

    def flush(self) -> None:
        """Do what was put. Raises what ``work`` raises for what is then still to do."""
        with self._turn:
            for _ in range(1 + len(self._waiting) // _MOST):
                if (error := self._do(self._take())) is not None:
                    raise error

    def _take(self) -> list[_Item[T, R]]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST))]

    def _do(self, items: Sequence[_Item[T, R]]) -> Exception | None:
        """Give each of ``items`` its result or its error; the error after which some wait for another time."""
        if not items:
            return None
        try:
            results = self._work([one.value for one in items])
        except Exception as error:
            if isinstance(error, StoreError) and error.reason == "value":
                if len(items) == 1:
                    items[0].error, items[0].is_done = error, True
                    return None
                return next((found for one in items if (found := self._do([one])) is not None), None)
            for one in reversed(items):
                if one.is_awaited:
                    one.error, one.is_done = error, True
                elif len(self._waiting) < _MOST_KEPT:
                    self._waiting.appendleft(one)
            return error
        for one, result in zip(items, results, strict=True):
            one.result, one.is_done = result, True
        return None
