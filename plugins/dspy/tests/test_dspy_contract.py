"""The contract suite through DSPy's own agents: ``ReAct``, whose prompts hold the tools, and ``ReActV2`` with native calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import dspy
import pytest
from dspy.utils.exceptions import AdapterParseError

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.driver import Mode
from composio.testing.contract.runner import RunnerDriver
from composio_dspy import ComposioToolSet

ITEM = "CONTRACT_GET_ITEM"
DONE = Say("All done.")
MENDED = "DSPy mends JSON before a tool sees it"
ASKED_AGAIN = "what ReAct can't read as a field it asks the model for again, then raises; no tool gets it"
LIMITS = {
    "agent_makes_parallel_calls_and_keeps_their_order": "DSPy's agents make one call after the other",
    'agent_survives_malformed_arguments[{"item_id": 7-sync]': MENDED,
    'agent_survives_malformed_arguments[{"item_id": 7-async]': MENDED,
}
REACT = LIMITS | {
    "agent_survives_malformed_arguments": ASKED_AGAIN,
    "agent_survives_an_unknown_tool": ASKED_AGAIN,
    "agent_makes_an_empty_call[nothing-sync]": ASKED_AGAIN,
    "agent_makes_an_empty_call[nothing-async]": ASKED_AGAIN,
}
REACT_V2 = LIMITS | {
    f"agent_survives_malformed_arguments[item seven-{mode}]": "what DSPy can't mend ends ReActV2's loop, with an answer"
    for mode in ("sync", "async")
}


class TestReAct(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    runner_fixture = "make_agent"
    limits: ClassVar[Mapping[str, str]] = REACT
    agent_class: ClassVar[str] = "ReAct"

    def runner(self, model: ScriptedModel, tools: Any, **options: Any) -> Any:
        makers: Any = self.make_runner  # one for each class of agents
        return makers[self.agent_class](model, tools, **options)

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(tools[0](**arguments))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(await tools[0].acall(**arguments))

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return dspy.Tool(function)

    def run_both_ways(self, toolset: Any, *calls: tuple[str, Any]) -> list[str]:
        """The results of both runs, in which the model makes these calls at once."""
        tools, asked = self.tools(toolset, "get_item"), [{"name": name, "arguments": value} for name, value in calls]
        modes: tuple[Mode, Mode] = ("sync", "async")
        results = []
        for mode in modes:
            with ScriptedModel([Calls(asked), DONE]) as model:
                assert self.agent(mode, toolset, tools, model) == "All done."
                results += model.results_seen()
        return results

    # Should DSPy learn to do these, they fail and `limits` gets shorter.

    def test_that_limit_is_real_calls_are_made_one_after_the_other(self, world: Any, toolset: Any) -> None:
        running = world.watch_item()
        results = self.run_both_ways(toolset, *((ITEM, {"item_id": n}) for n in (1, 2, 3)))
        assert running == [1, 2, 3, 4, 5, 6]
        assert ['"item_id": 1' in text for text in results] == [True, False, False] * 2

    def test_that_limit_is_real_json_is_mended(self, world: Any, toolset: Any) -> None:
        results = self.run_both_ways(toolset, (ITEM, '{"item_id": 7'))
        assert ['"successful": true' in text for text in results] == [True, True]
        assert [r.arguments for r in world.api.requests] == [{"item_id": 7}] * 2

    @pytest.mark.parametrize(
        ("name", "arguments"), [("get_nothing", {}), ("get_item", "item seven"), ("get_item", "[7]"), ("get_item", "")]
    )
    def test_that_limit_is_real_what_is_no_call_is_not_made(self, world: Any, toolset: Any, name: str, arguments: Any) -> None:
        with ScriptedModel([Calls([{"name": f"CONTRACT_{name}".upper(), "arguments": arguments}]), DONE]) as model:
            with pytest.raises(AdapterParseError):
                self.run_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.")
            with pytest.raises(AdapterParseError):
                asyncio.run(self.arun_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it."))
        assert world.api.requests == []


if hasattr(dspy, "ReActV2"):  # since 3.3

    class TestReActV2(TestReAct):
        agent_class = "ReActV2"
        limits = REACT_V2

        @pytest.mark.parametrize(("name", "arguments"), [("get_item", "item seven")])
        def test_that_limit_is_real_what_is_no_call_is_not_made(
            self, world: Any, toolset: Any, name: str, arguments: Any
        ) -> None:
            assert self.run_both_ways(toolset, (f"CONTRACT_{name}".upper(), arguments)) == []
            assert world.api.requests == []
