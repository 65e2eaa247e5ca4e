"""The contract suite through LlamaIndex's own agent loop and OpenAI's wire format."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from llama_index.core.tools import FunctionTool
from llama_index.core.tools.calling import acall_tool, call_tool

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.agents import answer_in_reverse
from composio_llamaindex import ComposioToolSet

# LlamaIndex looks for an agent's steps by reading every attribute, Pydantic's deprecated ones included.
pytestmark = pytest.mark.filterwarnings("ignore:.* attribute .*is deprecated:DeprecationWarning")


class TestLlamaIndex(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = {
        "agent_survives_malformed_arguments": "LlamaIndex completes truncated JSON and has the tool run it",
        "agent_makes_parallel_calls_and_keeps_their_order": "LlamaIndex's agents write answers down as they come in",
    }

    @pytest.fixture(autouse=True)
    def _agent(self, run: Callable[..., Any]) -> None:
        self.run = run

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [tool.metadata.to_openai_tool()["function"] for tool in tools]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(call_tool(tools[0], arguments).content)

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str((await acall_tool(tools[0], arguments)).content)

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        # LlamaIndex has no loop outside of an event loop; this is the one without streaming.
        return str(asyncio.run(self.run("without streaming", model, tools, prompt)))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(await self.run("function agent", model, tools, prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(asyncio.run(self.run("function agent", model, tools, prompt)))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        bare = FunctionTool.from_defaults(function, name="CONTRACT_GET_ITEM", description="Get item.")
        return str(asyncio.run(self.run("without streaming", model, [bare], prompt)))

    @pytest.mark.parametrize(
        ("text", "sent"),
        [
            pytest.param('{"item_id": 7', [{"item_id": 7}], id="the limit is real"),
            pytest.param("item seven", [], id="no JSON"),
            pytest.param("[7]", [], id="no object"),
        ],
    )
    @pytest.mark.parametrize("mode", ["sync", "async"])
    def test_malformed_arguments(self, world: Any, toolset: Any, mode: Any, text: str, sent: list[Any]) -> None:
        """The run goes on in each case. Should LlamaIndex stop mending what is truncated, ``limits`` gets shorter."""
        script: list[Calls | Say] = [Calls([{"name": "CONTRACT_GET_ITEM", "arguments": text}]), Say("All done.")]
        with ScriptedModel(script) as model:
            assert "All done." in self.agent(mode, toolset, self.tools(toolset, "get_item"), model)
            (shown,) = model.results_seen()
        assert [request.arguments for request in world.api.requests] == sent
        assert sent or "item_id" in shown, "the model reads what is missing"

    @pytest.mark.parametrize("mode", ["sync", "async"])
    def test_parallel_calls_are_answered_as_they_come_in_and_paired(self, world: Any, toolset: Any, mode: Any) -> None:
        """The limit is real, and a model that goes by ids is told right."""
        answer_in_reverse(world, seconds=1.0)
        calls = Calls([{"name": "CONTRACT_GET_ITEM", "arguments": {"item_id": n}, "id": f"call_{n}"} for n in (1, 2, 3)])
        with ScriptedModel([calls, Say("All done.")]) as model:
            assert "All done." in self.agent(mode, toolset, self.tools(toolset, "get_item"), model)
            said = [message for message in model.requests[-1].body["messages"] if message["role"] == "tool"]
        answers = [(message["tool_call_id"], json.loads(message["content"])["data"]) for message in said]
        assert sorted(answers) == [(f"call_{n}", {"item_id": n}) for n in (1, 2, 3)]
        assert answers[0][0] != "call_1"
