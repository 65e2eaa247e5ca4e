"""The contract suite: calls over MCP in memory, definitions and runs through Claude Code itself, over Anthropic's wire format."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from claude_agent_sdk import create_sdk_mcp_server, tool
from mcp.types import ToolAnnotations

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.agents import answer_in_reverse
from composio.testing.contract.driver import Mode, World
from composio.testing.contract.runner import RunnerDriver
from composio.testing.threads import in_another_loop
from composio_claude_agent_sdk import ComposioToolSet, create_server

READS = ToolAnnotations.model_validate({"readOnlyHint": True})


class TestClaudeAgentSdk(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    runner_fixture = "make_loop"
    name_limit = 128
    limits: ClassVar[Mapping[str, str]] = {
        "agent_makes_parallel_calls_and_keeps_their_order": "Claude Code gives results as they get ready, each with its call's id",
    }
    name_prefix: ClassVar[str] = "mcp__composio__"

    @pytest.fixture(autouse=True)
    def _call(self, call_over_mcp: Callable[..., Any]) -> None:
        self.call_over_mcp = call_over_mcp

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # The SDK has no synchronous form: whoever can't wait runs a loop in another thread.
        return in_another_loop(lambda: self.acall(toolset, tools, arguments))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        (content,) = (await self.call_over_mcp(create_server(tools), tools[0].name, arguments)).content
        return str(content.text)

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        @tool("CONTRACT_GET_ITEM", "Get item.", {"item_id": int}, annotations=READS)
        async def bare(arguments: dict[str, Any]) -> dict[str, Any]:
            text = await asyncio.to_thread(function, arguments["item_id"])
            return {"content": [{"type": "text", "text": text}]}

        return str(self.runner(model, create_sdk_mcp_server("composio", tools=[bare])).run(prompt))

    @pytest.mark.parametrize("mode", ["sync", "async"])
    def test_the_limit_is_real_and_calls_are_paired(self, world: World, toolset: Any, mode: Mode) -> None:
        """Should Claude Code learn to keep the order, this fails and ``limits`` gets shorter."""
        answer_in_reverse(world, 1.0)
        calls = [{"name": "CONTRACT_GET_ITEM", "arguments": {"item_id": n}, "id": f"call_{n}"} for n in (1, 2, 3)]
        with ScriptedModel([Calls(calls), Say("All done.")]) as model:
            assert self.agent(mode, toolset, self.tools(toolset, "get_item"), model) == "All done."
            blocks = [b for m in model.requests[-1].body["messages"] if isinstance(m["content"], list) for b in m["content"]]
            shown = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
            answered = [f"call_{json.loads(text)['data']['item_id']}" for text in model.results_seen()]
        assert shown == answered == ["call_3", "call_2", "call_1"]
