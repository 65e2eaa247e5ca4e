"""Blocking work away from the event loop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

__all__ = ["Lane", "off_loop"]

P = ParamSpec("P")
T = TypeVar("T")


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What blocking ``work`` gives, while the loop serves others."""
    return await anyio.to_thread.run_sync(partial(work, *args, **kwargs))


class Lane:
    """Threads of one kind of work: ``most`` at once, however many others are busy."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """What blocking ``work`` gives. Whoever is cancelled does not wait for it; it goes on."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._most)
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._limiter)
