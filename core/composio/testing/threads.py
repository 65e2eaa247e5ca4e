"""For tests of frameworks that know one kind of calls only: the other kind, made of it in a thread.

Context variables go along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

__all__ = ["in_a_thread", "in_another_loop"]

T = TypeVar("T")


async def in_a_thread(work: Callable[[], T]) -> T:
    """Await ``work`` in a thread of its own. The loop's pool is too small for many calls at once on a small machine."""
    context = copy_context()
    pool = ThreadPoolExecutor(1)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, context.run, work)
    finally:
        pool.shutdown(wait=False)


def in_another_loop(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run the coroutine of ``work`` in a loop of another thread: this thread's may be running already."""
    context = copy_context()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(context.run, lambda: asyncio.run(work())).result()
