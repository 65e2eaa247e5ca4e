"""Cases: calls at the same time, inside a running loop, after a fork, and calls that are cancelled."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from composio.testing.contract.driver import Driver, Mode, World, eventually, result_in, slug

__all__ = ["ConcurrencyCases"]

_MANY = 8
_PATIENCE = 30  # seconds for a forked child


class ConcurrencyCases(Driver):
    """Several calls, or one that must not hold up others."""

    def test_sync_inside_a_running_loop(self, toolset: Any) -> None:
        tools = self.tools(toolset, "get_status")

        async def handler() -> str:
            return self.call(toolset, tools, {})

        assert result_in(asyncio.run(handler()))["successful"]

    def test_async_in_one_loop_after_another(self, toolset: Any) -> None:
        tools = self.tools(toolset, "get_status")
        for _ in range(2):
            assert result_in(asyncio.run(self.acall(toolset, tools, {})))["successful"]

    def test_async_calls_run_at_the_same_time(self, world: World, toolset: Any) -> None:
        world.api.reply(slug("get_item"), together=_MANY)
        tools = self.tools(toolset, "get_item")

        async def all_of_them() -> list[str]:
            return await asyncio.gather(*(self.acall(toolset, tools, {"item_id": n}) for n in range(_MANY)))

        assert all(result_in(text)["successful"] for text in asyncio.run(all_of_them()))

    def test_sync_calls_of_several_threads_run_at_the_same_time(self, world: World, toolset: Any) -> None:
        world.api.reply(slug("get_item"), together=_MANY)
        tools = self.tools(toolset, "get_item")
        with ThreadPoolExecutor(_MANY) as pool:
            texts = list(pool.map(lambda n: self.call(toolset, tools, {"item_id": n}), range(_MANY)))
        assert all(result_in(text)["successful"] for text in texts)

    def test_cancelling_a_call_cancels_its_request(self, world: World, toolset: Any) -> None:
        world.api.reply(slug("get_status"), delay=5)
        tools = self.tools(toolset, "get_status")

        async def give_up() -> None:
            task = asyncio.create_task(self.acall(toolset, tools, {}))
            await asyncio.to_thread(eventually, lambda: world.api.requests)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(eventually, lambda: world.api.abandoned_requests)

        asyncio.run(give_up())

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    @pytest.mark.parametrize("mode", ["sync", "async"])
    def test_calls_after_a_fork(self, toolset: Any, mode: Mode) -> None:
        tools = self.tools(toolset, "get_status")
        assert result_in(self.answer(mode, toolset, tools, {}))["successful"], "connections and threads that a child can't use"
        mine, theirs = multiprocessing.Pipe(duplex=False)

        def answer_in_child() -> None:
            theirs.send(self.answer(mode, toolset, tools, {}))

        child = multiprocessing.get_context("fork").Process(target=answer_in_child, daemon=True)
        with mine, theirs, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: this process has threads, which is the point
            child.start()
            answered = mine.poll(_PATIENCE)
            shown = mine.recv() if answered else "{}"
        child.join(_PATIENCE if answered else 0)
        child.kill()
        assert answered, "the forked child never got an answer"
        assert result_in(shown)["successful"]
