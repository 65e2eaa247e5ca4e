"""Writing together what is written at about the same time: each alone would wait for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from composio.errors import StoreError

__all__ = ["Gathering"]

T = TypeVar("T")


class Gathering(Generic[T]):
    """Calls ``write``, which blocks, on a thread, with all that was added while the call before was under way.

    Where the database refuses one of the values, each is written by itself, and the error reaches only whose it is.
    """

    def __init__(self, write: Callable[[Sequence[T]], object]) -> None:
        self._write = write
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, item: T) -> None:
        """Write ``item``; it is written when this returns. Raises what ``write`` raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        await done

    async def _serve(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, []
            failed = await self._try([item for item, _ in some])
            for item, done in some:
                own = await self._try([item]) if len(some) > 1 and _is_about_a_value(failed) else failed
                if done.done():
                    continue
                if own is None:
                    done.set_result(None)
                else:
                    done.set_exception(own)

    async def _try(self, items: Sequence[T]) -> Exception | None:
        try:
            await asyncio.to_thread(self._write, items)
        except Exception as error:
            return error
        return None


def _is_about_a_value(error: Exception | None) -> bool:
    return isinstance(error, StoreError) and error.reason == "value"
