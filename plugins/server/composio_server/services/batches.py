"""Many small writes as few transactions: what comes while one is under way goes into the next, together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

import anyio.to_thread

from composio.errors import StoreError

__all__ = ["Batches"]

T = TypeVar("T")
R = TypeVar("R")
log = logging.getLogger("composio.server")
_MOST = 200
_MOST_KEPT = 20_000
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds
# What ends by itself, or when the operator acts.
_PASSING: Final = frozenset({"away", "full", "read-only"})


class Batches(Generic[T, R]):
    """``work``, which blocks, gets up to 200 items at once and gives as many results, in their order.

    Where the database refuses one item's values, the others of its batch are done without it. With ``lasting``, items wait until
    a database that can't be used can be again, as what they say has happened already: up to 20,000 of them.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], *, lasting: bool = False) -> None:
        self._work, self._lasting = work, lasting
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._draining = False
        self._wake: asyncio.Event | None = None  # of whoever waits for the database

    def put(self, item: T) -> asyncio.Future[R]:
        """Have ``item`` done; the future is done when it is. To be called on the loop."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())
        return future

    async def drain(self) -> None:
        """Wait until everything that was put is done. Nothing waits for a database any more: it is tried once."""
        self._draining = True
        try:
            while self._flushing is not None:
                if self._wake is not None:
                    self._wake.set()
                await asyncio.shield(self._flushing)
        finally:
            self._draining = False

    async def _flush(self) -> None:
        self._wake, pause = asyncio.Event(), _FIRST_PAUSE
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                try:
                    await self._do(batch)
                except _Later as later:
                    left, error = later.batch, later.error
                else:
                    pause = _FIRST_PAUSE
                    continue
                if self._draining:
                    log.error("%d rows could not be written: %s", len(left) + len(self._waiting), error)
                    _fail([*left, *self._waiting], error)
                    self._waiting = []
                    return
                self._keep(left, error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            self._flushing = self._wake = None

    def _keep(self, batch: list[tuple[T, asyncio.Future[R]]], error: StoreError) -> None:
        """For another try, the oldest first."""
        kept = [*batch, *self._waiting]
        self._waiting, over = kept[:_MOST_KEPT], kept[_MOST_KEPT:]
        if over:
            log.error("%d rows are lost, as too many wait for the database: %s", len(over), error)
            _fail(over, error)

    async def _do(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        """Raises ``_Later`` with those that have to be tried again."""
        try:
            results = await anyio.to_thread.run_sync(self._work, [item for item, _ in batch])
        except StoreError as error:
            if self._lasting and error.reason in _PASSING:
                raise _Later(batch, error) from None
            if error.reason != "value" or len(batch) == 1:
                _fail(batch, error)
                return
            for at, one in enumerate(batch):  # one's value, which is no reason to refuse another's
                try:
                    await self._do([one])
                except _Later as later:
                    raise _Later(batch[at:], later.error) from None
        except Exception as error:
            _fail(batch, error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)


class _Later(Exception):
    def __init__(self, batch: list[Any], error: StoreError) -> None:
        self.batch, self.error = batch, error


def _fail(batch: Sequence[tuple[T, asyncio.Future[R]]], error: Exception) -> None:
    """Tell each of those who wait."""
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
            future.exception()  # whoever does not wait leaves no word on stderr
