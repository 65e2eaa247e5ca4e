"""The contract suite through Strands' own agent, over OpenAI's wire format."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, ClassVar

import pytest
from strands import tool

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.driver import Mode, World
from composio_strands import ComposioToolSet

STRANDS = tuple(map(int, version("strands-agents").split(".")[:2]))
LIMITS = {}
if STRANDS < (1, 42):
    LIMITS["agent_makes_parallel_calls_and_keeps_their_order"] = "before 1.42 results come as they get ready, each with its id"


class TestStrands(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = LIMITS

    @pytest.fixture(autouse=True)
    def _loop(self, make_loop: Callable[..., Any]) -> None:
        self.make_loop = make_loop

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        with ScriptedModel([Say("Hello.")]) as model:
            self.make_loop(model, tools).run("Hello?")
            return model.tools_seen()

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        with ScriptedModel(script(tools, arguments)) as model:
            self.make_loop(model, tools).run("Go.")
            return model.results_seen()[0]

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        with ScriptedModel(script(tools, arguments)) as model:
            await self.make_loop(model, tools).arun("Go.")
            return model.results_seen()[0]

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.make_loop(model, tools).run(prompt))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(await self.make_loop(model, tools).arun(prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(asyncio.run(self.make_loop(model, tools).stream(prompt)))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        return str(self.make_loop(model, [tool(name="CONTRACT_GET_ITEM")(function)]).run(prompt))

    @pytest.mark.parametrize("mode", ["sync", "async"])
    def test_parallel_calls_are_paired(self, world: World, toolset: Any, mode: Mode) -> None:
        """Where the case of the contract is a limit, this shows that it is real and that nothing is mixed up."""
        world.api.reply(
            "CONTRACT_GET_ITEM",
            json=lambda received: received.arguments,
            delay=lambda received: 0.2 / received.arguments["item_id"],
            together=3,
        )
        calls = [{"name": "CONTRACT_GET_ITEM", "arguments": {"item_id": n}, "id": f"call_{n}"} for n in (1, 2, 3)]
        with ScriptedModel([Calls(calls), Say("All done.")]) as model:
            assert self.agent(mode, toolset, self.tools(toolset, "get_item"), model) == "All done."
            shown = [message for message in model.requests[-1].body["messages"] if message["role"] == "tool"]
            assert [json.loads(text)["data"]["item_id"] for text in model.results_seen()] == [
                int(message["tool_call_id"].removeprefix("call_")) for message in shown
            ]
        in_order = [message["tool_call_id"] for message in shown] == ["call_1", "call_2", "call_3"]
        assert in_order == (STRANDS >= (1, 42))


def script(tools: Any, arguments: dict[str, Any]) -> list[Calls | Say]:
    """The model calls the one tool, and then is done."""
    return [Calls([{"name": tools[0].tool_name, "arguments": arguments}]), Say("Done.")]
