"""The contract suite through LiveKit's own session, in text mode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, ClassVar

import pytest
from livekit.agents import ToolError, function_tool
from livekit.agents.llm import utils
from livekit.agents.llm.tool_context import get_raw_function_info

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.agents import answer_in_reverse
from composio.testing.contract.runner import RunnerDriver
from composio.testing.threads import in_another_loop
from composio_livekit import ComposioToolSet

ITEM = "CONTRACT_GET_ITEM"
DONE = Say("All done.")
LIVEKIT = tuple(map(int, version("livekit-agents").split(".")[:2]))
LIMITS = {
    "agent_makes_parallel_calls_and_keeps_their_order": "LiveKit lists answers as they come in, each with its call's id",
}
MENDED = '{"item_id": 7'
MENDS = hasattr(utils, "parse_function_arguments")
if MENDS:
    LIMITS |= {
        f"agent_survives_malformed_arguments[{MENDED}-{mode}]": "LiveKit mends JSON before a tool sees it"
        for mode in ("sync", "async")
    }
if LIVEKIT < (1, 4):
    LIMITS["agent_survives_an_unknown_tool"] = (
        "before 1.4 LiveKit ends the turn in silence at a tool that the agent does not have"
    )


class TestLiveKit(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    runner_fixture = "make_session"
    limits: ClassVar[Mapping[str, str]] = LIMITS

    def name_of(self, tool: Any) -> str:
        return get_raw_function_info(tool).name

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(in_another_loop(lambda: self.acall(toolset, tools, arguments)))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        try:
            return str(await tools[0](raw_arguments=arguments))
        except ToolError as error:
            return error.message

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        session = self.runner(model, tools)
        session.run(prompt)
        assert len(session.written.pieces) > 1
        return "".join(session.written.pieces)

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools, userdata={"entity_id": entity_id}).arun("Go.")
            return model.results_seen()[0]

    def bare_tool(self, function: Callable[..., str]) -> Any:
        async def contract_get_item(item_id: int) -> str:
            """Get item."""
            return await asyncio.to_thread(function, item_id)

        return function_tool(contract_get_item)

    # Should LiveKit learn to do these, they fail and `limits` gets shorter.

    def test_that_limit_is_real_answers_come_as_they_are_done_and_paired(self, world: Any, toolset: Any) -> None:
        answer_in_reverse(world, 0.3)
        calls = Calls([{"name": ITEM, "arguments": {"item_id": n}} for n in (1, 2, 3)])
        with ScriptedModel([calls, DONE]) as model:
            assert self.run_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.") == "All done."
            messages = model.requests[-1].body["messages"]
            shown = [json.loads(text)["data"]["item_id"] for text in model.results_seen()]
        asked = {call["id"]: json.loads(call["function"]["arguments"]) for m in messages for call in m.get("tool_calls", ())}
        answered = {m["tool_call_id"]: json.loads(m["content"])["data"] for m in messages if m["role"] == "tool"}
        assert asked == answered
        assert sorted(shown) == [1, 2, 3]
        assert shown != [1, 2, 3]

    @pytest.mark.skipif(not MENDS, reason="this version mends nothing")
    def test_that_limit_is_real_json_is_mended(self, world: Any, toolset: Any) -> None:
        with ScriptedModel([Calls([{"name": ITEM, "arguments": MENDED}]), DONE]) as model:
            assert self.run_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.") == "All done."
        assert [r.arguments for r in world.api.requests] == [{"item_id": 7}]

    @pytest.mark.skipif(LIVEKIT >= (1, 4), reason="LiveKit learned to answer such calls")
    def test_that_limit_is_real_an_unknown_tool_ends_the_turn(self, toolset: Any) -> None:
        with ScriptedModel([Calls([{"name": "CONTRACT_GET_NOTHING", "arguments": {}}]), DONE]) as model:
            said = self.run_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.")
            assert (said, len(model.requests)) == ("Please do it.", 1), "nothing was raised, and nothing said"
