"""Batches: every item is done once, errors reach those whose items they are, and what waits goes together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from composio_server.services.batches import Batches


def test_what_comes_while_one_batch_is_written_goes_into_the_next_together() -> None:
    seen: list[list[int]] = []
    begun, go = threading.Event(), threading.Event()

    def work(items: Sequence[int]) -> list[int]:
        seen.append(list(items))
        begun.set()
        go.wait(5)
        return [item * 2 for item in items]

    async def main() -> list[int]:
        batches = Batches(work)
        first = batches.put(0)
        await asyncio.to_thread(begun.wait, 5)
        rest = [batches.put(number) for number in range(1, 500)]
        go.set()
        return list(await asyncio.gather(first, *rest))

    assert asyncio.run(main()) == [number * 2 for number in range(500)]
    assert [len(batch) for batch in seen] == [1, 200, 200, 99]


def test_an_error_reaches_whoever_waits_and_the_next_batch_goes_on() -> None:
    def work(items: Sequence[int]) -> list[int]:
        if 13 in items:
            raise OSError("full")
        return list(items)

    async def main() -> int:
        batches = Batches(work)
        with pytest.raises(OSError, match="full"):
            await batches.put(13)
        return await batches.put(1)

    assert asyncio.run(main()) == 1


def test_draining_waits_for_what_was_put_and_not_awaited() -> None:
    done: list[int] = []

    async def main() -> None:
        batches: Batches[int, None] = Batches(lambda items: [done.append(item) for item in items])  # type: ignore[func-returns-value]  # what it gives is not read
        for number in range(5):
            batches.put(number)
        await batches.drain()

    asyncio.run(main())
    assert done == [0, 1, 2, 3, 4]
