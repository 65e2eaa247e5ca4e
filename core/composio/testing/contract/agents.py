"""Cases: the framework's own loop, from the user's words to the final answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio.discovery.names import EXECUTE, SEARCH
from composio.errors import InvalidRequest
from composio.testing.contract.driver import Driver, Mode, World, result_in, slug
from composio.testing.model.script import Calls, Say
from composio.testing.model.server import ScriptedModel

__all__ = ["AgentCases", "answer_in_reverse"]

_MODES = pytest.mark.parametrize("mode", ["sync", "async"])
_DONE = Say("All done.")


def _call(name: str, arguments: Any) -> dict[str, Any]:
    return {"name": slug(name), "arguments": arguments}


def answer_in_reverse(world: World, seconds: float = 0.2) -> None:
    """Have ``get_item`` of items 1, 2 and 3 wait until all are asked for, and answer the first one last, after ``seconds``.

    Only pairing gives results the right order.
    """
    world.api.reply(
        slug("get_item"),
        json=lambda received: received.arguments,
        delay=lambda received: seconds / received.arguments["item_id"],
        together=3,
    )


def _say_title(results: list[str]) -> str:
    (one,) = result_in(results[-1])["data"]["results"]
    return f"It is {one['response']['data']['title']}."


class AgentCases(Driver):
    """Runs that go well, and runs that must go on although a tool failed."""

    @_MODES
    def test_agent_run(self, world: World, toolset: Any, mode: Mode) -> None:
        world.api.reply(slug("get_item"), json={"title": "a lamp"})
        tools = self.tools(toolset, "get_item", "get_status")
        answer = Say(lambda results: f"It is {result_in(results[-1])['data']['title']}.")
        with ScriptedModel([Calls([_call("get_item", {"item_id": 7})]), answer]) as model:
            assert "It is a lamp." in self.agent(mode, toolset, tools, model)
            names = {f"{self.name_prefix}{slug(name)}" for name in ("get_item", "get_status")}
            assert {tool["name"] for tool in model.tools_seen()} == names
        assert [r.arguments for r in world.api.requests] == [{"item_id": 7}]

    @_MODES
    def test_agent_finds_and_runs_what_it_was_not_given(self, world: World, toolset: Any, mode: Mode) -> None:
        world.api.reply(slug("get_item"), json={"title": "a lamp"})
        search = {"name": SEARCH, "arguments": {"queries": [{"use_case": "get an item"}]}}
        found = {"tool_slug": slug("get_item"), "arguments": {"item_id": 7}}
        script = [Calls([search]), Calls([{"name": EXECUTE, "arguments": {"tools": [found]}}]), Say(_say_title)]
        with ScriptedModel(script) as model:
            assert "It is a lamp." in self.agent(mode, toolset, toolset.discovery_tools(), model)
            assert len(model.tools_seen()) == 4
        assert [r.arguments for r in world.api.requests] == [{"item_id": 7}]

    def test_agent_streams(self, world: World, toolset: Any) -> None:
        if not self.supplies("stream_agent"):
            pytest.skip("the framework streams no runs")
        world.api.reply(slug("get_item"), json={"title": "a lamp"})
        answer = Say(lambda results: f"It is {result_in(results[-1])['data']['title']}.")
        with ScriptedModel([Calls([_call("get_item", {"item_id": 7})]), answer]) as model:
            said = self.stream_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.")
            assert model.problems == []
        assert "It is a lamp." in said
        assert [r.arguments for r in world.api.requests] == [{"item_id": 7}]

    @_MODES
    def test_agent_makes_several_rounds(self, world: World, toolset: Any, mode: Mode) -> None:
        rounds = [Calls([_call("get_item", {"item_id": n})]) for n in (1, 2, 3)]
        with ScriptedModel([*rounds, _DONE]) as model:
            assert "All done." in self.agent(mode, toolset, self.tools(toolset, "get_item"), model)
        assert [r.arguments["item_id"] for r in world.api.requests] == [1, 2, 3]

    @_MODES
    def test_agent_sees_the_upstreams_failure_and_goes_on(self, world: World, toolset: Any, mode: Mode) -> None:
        world.api.reply(slug("echo"), status=404, json={"message": "No such item"})
        self._goes_on(mode, toolset, "echo", {"text": "a"}, shown="No such item")

    @_MODES
    def test_agent_sees_what_was_wrong_with_arguments_and_goes_on(self, world: World, toolset: Any, mode: Mode) -> None:
        self._goes_on(mode, toolset, "get_item", {"item_id": "seven"}, shown="item_id")
        assert world.api.requests == []

    @_MODES
    @pytest.mark.parametrize("text", ['{"item_id": 7', "item seven", "[7]"])
    def test_agent_survives_malformed_arguments(self, world: World, toolset: Any, mode: Mode, text: str) -> None:
        self._goes_on(mode, toolset, "get_item", text, shown="")
        assert world.api.requests == []

    @_MODES
    @pytest.mark.parametrize("arguments", [{}, ""], ids=["object", "nothing"])
    def test_agent_makes_an_empty_call(self, world: World, toolset: Any, mode: Mode, arguments: Any) -> None:
        with ScriptedModel([Calls([_call("get_status", arguments)]), _DONE]) as model:
            assert "All done." in self.agent(mode, toolset, self.tools(toolset, "get_status"), model)
            (result,) = model.results_seen()
        assert result_in(result)["successful"]
        assert len(world.api.requests) == 1

    @_MODES
    def test_agent_survives_an_unknown_tool(self, world: World, toolset: Any, mode: Mode) -> None:
        with ScriptedModel([Calls([_call("get_nothing", {})]), _DONE]) as model:
            assert "All done." in self.agent(mode, toolset, self.tools(toolset, "get_item"), model)
            assert len(model.results_seen()) == 1
        assert world.api.requests == []

    @_MODES
    def test_agent_makes_parallel_calls_and_keeps_their_order(self, world: World, toolset: Any, mode: Mode) -> None:
        answer_in_reverse(world)
        calls = Calls([_call("get_item", {"item_id": n}) for n in (1, 2, 3)])
        with ScriptedModel([calls, _DONE]) as model:
            assert "All done." in self.agent(mode, toolset, self.tools(toolset, "get_item"), model)
            results = [result_in(text) for text in model.results_seen()]
        assert [r["data"] for r in results] == [{"item_id": n} for n in (1, 2, 3)]

    def test_agents_at_the_same_time_get_their_own_results(self, world: World, toolset: Any) -> None:
        tools = self.tools(toolset, "get_item")

        async def one(number: int) -> str:
            script = [
                Calls([_call("get_item", {"item_id": number})]),
                Say(lambda results: f"{number}: {len(results)}"),
            ]
            with ScriptedModel(script) as model:
                return await self.arun_agent(toolset, tools, model, "Please do it.")

        async def all_of_them() -> list[str]:
            return await asyncio.gather(*(one(n) for n in range(4)))

        said = asyncio.run(all_of_them())
        assert [f"{n}: 1" in text for n, text in enumerate(said)] == [True] * 4
        assert sorted(r.arguments["item_id"] for r in world.api.requests) == [0, 1, 2, 3]

    def test_there_are_calls_to_handle_or_an_error_says_why_not(self, toolset: Any) -> None:
        if toolset.codec is not None:
            pytest.skip("the user owns the loop, and hands its calls over")
        with pytest.raises(InvalidRequest, match="there are no calls to handle"):
            toolset.handle_tool_calls({})

    def _goes_on(self, mode: Mode, toolset: Any, name: str, arguments: Any, *, shown: str) -> None:
        with ScriptedModel([Calls([_call(name, arguments)]), _DONE]) as model:
            assert "All done." in self.agent(mode, toolset, self.tools(toolset, name), model)
            (result,) = model.results_seen()
        assert shown in result
