"""Many small writes as few transactions: what comes while one is under way goes into the next, together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import anyio.to_thread

__all__ = ["Batches"]

T = TypeVar("T")
R = TypeVar("R")
_MOST = 200


class Batches(Generic[T, R]):
    """``work``, which blocks, gets up to 200 items at once and gives as many results, in their order."""

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._work = work
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._flushing: asyncio.Task[None] | None = None

    def put(self, item: T) -> asyncio.Future[R]:
        """Have ``item`` done; the future is done when it is. To be called on the loop."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())
        return future

    async def drain(self) -> None:
        """Wait until everything that was put is done."""
        while self._flushing is not None:
            await asyncio.shield(self._flushing)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                await self._do(batch)
        finally:
            self._flushing = None

    async def _do(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await anyio.to_thread.run_sync(self._work, [item for item, _ in batch])
        except Exception as error:  # each of those who wait is told
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # whoever does not wait leaves no word on stderr
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
