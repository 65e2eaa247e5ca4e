"""Batches: every item is done once, errors reach those whose items they are, and what waits goes together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from composio.errors import StoreError
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


class Store:
    """Takes rows, but for one value, and none while it is away."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.away = threading.Event()
        self.tried = threading.Semaphore(0)

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.tried.release()
        if self.away.is_set():
            raise StoreError("away", reason="away")
        if 13 in items:
            raise StoreError("no such number", reason="value")
        self.rows += items
        return list(items)


def test_one_value_that_can_not_be_stored_is_no_reason_to_refuse_anothers() -> None:
    store = Store()

    async def main() -> list[int | BaseException]:
        batches = Batches(store)
        return list(await asyncio.gather(*(batches.put(number) for number in (1, 13, 2)), return_exceptions=True))

    first, second, third = asyncio.run(main())
    assert (first, third, sorted(store.rows)) == (1, 2, [1, 2])
    assert isinstance(second, StoreError)


def test_what_happened_already_is_written_when_the_database_is_back() -> None:
    store = Store()
    store.away.set()

    async def main() -> None:
        batches = Batches(store, lasting=True)
        put = [batches.put(number) for number in range(100, 400)]
        for _ in range(2):
            await asyncio.to_thread(store.tried.acquire, timeout=30)
        store.away.clear()
        await asyncio.gather(*put)

    asyncio.run(main())
    assert store.rows == list(range(100, 400))


def test_who_stops_does_not_wait_for_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    store.away.set()

    async def main() -> None:
        batches = Batches(store, lasting=True)
        waiting = batches.put(1)
        await batches.drain()
        with pytest.raises(StoreError):
            await waiting

    asyncio.run(main())
    assert "1 rows could not be written" in caplog.text
