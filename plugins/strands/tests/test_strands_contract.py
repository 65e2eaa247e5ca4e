"""The contract suite through Strands' own agent, over OpenAI's wire format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, ClassVar

import pytest
from strands import tool

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.agents import answer_in_reverse
from composio.testing.contract.driver import Mode, World
from composio.testing.contract.runner import RunnerDriver
from composio_strands import ComposioToolSet

STRANDS = tuple(map(int, version("strands-agents").split(".")[:2]))
LIMITS = {}
if STRANDS < (1, 42):
    LIMITS["agent_makes_parallel_calls_and_keeps_their_order"] = "before 1.42 results come as they get ready, each with its id"


class TestStrands(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    gives_call_ids = True
    runner_fixture = "make_loop"
    limits: ClassVar[Mapping[str, str]] = LIMITS

    def name_of(self, tool: Any) -> str:
        return str(tool.tool_name)

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools, state={"entity_id": entity_id}).arun("Go.")
            return model.results_seen()[0]

    async def apause(self, toolset: Any, tools: Any, arguments: dict[str, Any], decide: Callable[[], Mapping[str, Any]]) -> str:
        return await self.pause_run(tools, arguments, decide)

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return tool(name="CONTRACT_GET_ITEM")(function)

    @pytest.mark.parametrize("mode", ["sync", "async"])
    def test_parallel_calls_are_paired(self, world: World, toolset: Any, mode: Mode) -> None:
        """Where the case of the contract is a limit, this shows that it is real and that nothing is mixed up."""
        answer_in_reverse(world)
        calls = [{"name": "CONTRACT_GET_ITEM", "arguments": {"item_id": n}, "id": f"call_{n}"} for n in (1, 2, 3)]
        with ScriptedModel([Calls(calls), Say("All done.")]) as model:
            assert self.agent(mode, toolset, self.tools(toolset, "get_item"), model) == "All done."
            shown = [message for message in model.requests[-1].body["messages"] if message["role"] == "tool"]
            assert [json.loads(text)["data"]["item_id"] for text in model.results_seen()] == [
                int(message["tool_call_id"].removeprefix("call_")) for message in shown
            ]
        in_order = [message["tool_call_id"] for message in shown] == ["call_1", "call_2", "call_3"]
        assert in_order == (STRANDS >= (1, 42))
