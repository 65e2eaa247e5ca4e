"""What is written together: one value that the database refuses costs the others nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from composio.errors import StoreError
from composio.store.gathering import Gathering


def gather(refused: Exception) -> tuple[list[Sequence[int]], list[BaseException | None]]:
    """What was written of five values, of which 3 is refused, and what came of each."""
    written: list[Sequence[int]] = []
    first = threading.Event()

    def write(items: Sequence[int]) -> list[None]:
        first.wait(30)
        if 3 in items:
            raise refused
        written.append(list(items))
        return [None] * len(items)

    async def run() -> list[BaseException | None]:
        one = Gathering(write)
        tasks = [asyncio.create_task(one.add(item)) for item in range(1, 6)]
        await asyncio.sleep(0)
        first.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return written, asyncio.run(run())


def test_a_value_that_is_refused_costs_the_others_nothing() -> None:
    refused = StoreError("no", reason="value")
    written, came = gather(refused)
    assert sorted(item for items in written for item in items) == [1, 2, 4, 5]
    assert came == [None, None, refused, None, None]


@pytest.mark.parametrize("error", [StoreError("away", reason="away"), ValueError("x")], ids=["away", "other"])
def test_any_other_error_is_everybody_s(error: Exception) -> None:
    written, came = gather(error)
    assert written == []
    assert came == [error] * 5


def test_what_comes_while_some_is_written_goes_into_the_next_together() -> None:
    seen: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def work(items: Sequence[int]) -> list[int]:
        seen.append(len(items))
        begun.set()
        go.wait(30)
        return [item * 2 for item in items]

    async def main() -> list[int]:
        one = Gathering(work)
        first = asyncio.create_task(one.add(0))
        await asyncio.to_thread(begun.wait, 30)
        rest = [asyncio.create_task(one.add(number)) for number in range(1, 500)]
        await asyncio.sleep(0)
        go.set()
        return list(await asyncio.gather(first, *rest))

    assert asyncio.run(main()) == [number * 2 for number in range(500)]
    assert seen == [1, 200, 200, 99]


def test_loops_and_threads_may_share_one() -> None:
    one: Gathering[int, int] = Gathering(list)

    async def add(start: int) -> list[int]:
        return list(await asyncio.gather(*(one.add(number) for number in range(start, start + 50))))

    with ThreadPoolExecutor(6) as pool:
        loops = [pool.submit(asyncio.run, add(100 * number)) for number in range(3)]
        threads = [pool.submit(lambda start: [one.do(start + number) for number in range(50)], 1000 * n) for n in range(3)]
        assert [found.result(60) for found in loops] == [list(range(100 * n, 100 * n + 50)) for n in range(3)]
        assert [found.result(60) for found in threads] == [list(range(1000 * n, 1000 * n + 50)) for n in range(3)]
