"""Threads for calls: how many there are, what reaches them, and what becomes of work that nobody waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from composio_server.services.threads import Lane, on_loop

SAID: ContextVar[str] = ContextVar("said")


def count_threads(name: str) -> int:
    return sum(one.name == name for one in threading.enumerate())


def wait_until(condition: Callable[[], bool]) -> None:
    turn = threading.Event()
    for _ in range(3000):
        if condition():
            return
        turn.wait(0.01)
    raise TimeoutError


def test_work_gives_what_it_gives_and_raises_what_it_raises() -> None:
    def fail() -> None:
        raise KeyError("gone")

    async def main() -> str:
        lane = Lane(2, "gives")
        SAID.set("hello")
        with pytest.raises(KeyError, match="gone"):
            await lane.run(fail)
        return await lane.run(SAID.get)

    assert asyncio.run(main()) == "hello"


def test_a_thread_does_one_thing_after_the_other() -> None:
    async def main() -> None:
        lane = Lane(5, "again")
        used = set()
        for _ in range(20):
            used.add(await lane.run(threading.get_ident))
            while not lane._idle:  # noqa: ASYNC110 - an answer is there a moment before its thread is free
                await asyncio.sleep(0.001)
        assert len(used) == 1
        lane.close()

    asyncio.run(main())
    wait_until(lambda: count_threads("again") == 0)


def test_more_than_the_most_wait_for_their_turn() -> None:
    lock, now, peak = threading.Lock(), 0, 0
    go = threading.Event()

    def work() -> int:
        nonlocal now, peak
        with lock:
            now += 1
            peak = max(peak, now)
        go.wait(60)
        with lock:
            now -= 1
        return 1

    async def main() -> int:
        lane = Lane(3, "few")
        asked = [asyncio.ensure_future(lane.run(work)) for _ in range(10)]
        await asyncio.to_thread(wait_until, lambda: now == 3)
        go.set()
        return sum(await asyncio.gather(*asked))

    assert asyncio.run(main()) == 10
    assert peak == 3


def test_who_is_cancelled_does_not_wait_and_the_work_goes_on() -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(60)
        done.set()

    async def main() -> None:
        lane = Lane(1, "left")
        asked = asyncio.ensure_future(lane.run(work))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        go.set()
        assert await lane.run(lambda: 1) == 1  # the thread is there for the next

    asyncio.run(main())
    assert done.is_set()


def test_work_that_outlives_its_loop_harms_nobody() -> None:
    go, done = threading.Event(), threading.Event()
    lane = Lane(1, "outlives")

    def work() -> None:
        go.wait(60)
        done.set()

    async def leave() -> None:
        asked = asyncio.ensure_future(lane.run(work))
        await asyncio.sleep(0)
        asked.cancel()

    async def ask() -> int:
        return await lane.run(lambda: 2)

    asyncio.run(leave())
    go.set()
    assert done.wait(60)
    assert asyncio.run(ask()) == 2


def test_work_runs_a_coroutine_where_it_came_from() -> None:
    async def main() -> bool:
        loop = asyncio.get_running_loop()

        async def here() -> bool:
            return asyncio.get_running_loop() is loop

        return await Lane(1, "back").run(lambda: on_loop(here))

    assert asyncio.run(main())


def test_who_comes_while_the_last_thread_ends_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    ending, go = threading.Event(), threading.Event()
    leave = Lane._leave

    def left_slowly(self: Lane) -> object:
        ending.set()
        go.wait(60)
        return leave(self)

    monkeypatch.setattr(Lane, "_leave", left_slowly)

    async def main() -> int:
        lane = Lane(1, "leaves")
        await lane.run(lambda: None)
        await asyncio.to_thread(wait_until, lambda: bool(lane._idle))
        lane.close()
        assert await asyncio.to_thread(ending.wait, 60)
        asked = asyncio.ensure_future(lane.run(lambda: 3))
        await asyncio.sleep(0)
        go.set()
        return await asyncio.wait_for(asked, 60)

    assert asyncio.run(main()) == 3
