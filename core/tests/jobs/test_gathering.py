"""What is written together: one value that the database refuses costs the others nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from composio.errors import StoreError
from composio.jobs.gathering import Gathering


def gather(refused: Exception) -> tuple[list[Sequence[int]], list[BaseException | None]]:
    """What was written of five values, of which 3 is refused, and what came of each."""
    written: list[Sequence[int]] = []
    first = threading.Event()

    def write(items: Sequence[int]) -> None:
        first.wait(30)
        if 3 in items:
            raise refused
        written.append(list(items))

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
