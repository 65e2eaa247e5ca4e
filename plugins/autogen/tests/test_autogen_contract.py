"""The contract suite through AgentChat's own agent loop and OpenAI's wire format."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_core.tools import BaseTool, FunctionTool, StaticWorkbench
from autogen_ext.models.openai._openai_client import convert_tools

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.driver import World
from composio_autogen import ComposioToolSet


class TestAutoGen(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = {
        "sync_inside_a_running_loop": "AutoGen has no synchronous call: its tools, workbenches and agents are coroutines",
        **{
            f"agent_makes_an_empty_call[nothing-{mode}]": "AutoGen reads arguments before a tool does"
            for mode in ("sync", "async")
        },
    }

    @pytest.fixture(autouse=True)
    def _agent(self, make_agent: Callable[..., Any]) -> None:
        self.make_agent = make_agent

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [dict(tool["function"]) for tool in convert_tools(list(tools))]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return asyncio.run(self.acall(toolset, tools, arguments))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        result = await StaticWorkbench(list(tools)).call_tool(tools[0].name, arguments)
        return result.to_text()

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return asyncio.run(self.arun_agent(toolset, tools, model, prompt))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        result = await self.make_agent(model, tools).run(prompt)
        return str(result.messages[-1].content)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        result = asyncio.run(self.make_agent(model, tools, model_client_stream=True).run(prompt))
        return str(result.messages[-1].content)

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        bare = FunctionTool(function, description="Get item.", name="CONTRACT_GET_ITEM")
        return str(asyncio.run(self.make_agent(model, [bare]).run(prompt)).messages[-1].content)

    def test_the_limit_is_real(self) -> None:
        """Should AutoGen learn to call synchronously, this fails and ``limits`` gets shorter."""
        for entry in (BaseTool.run, BaseTool.run_json, StaticWorkbench.call_tool, AssistantAgent.run):
            assert inspect.iscoroutinefunction(entry)
        assert not [name for cls in (BaseTool, AssistantAgent) for name in dir(cls) if "sync" in name.lower()]

    def test_the_limit_of_empty_calls_is_real_and_ends_no_run(self, world: World, toolset: Any) -> None:
        script: list[Calls | Say] = [Calls([{"name": "CONTRACT_GET_STATUS", "arguments": ""}]), Say("All done.")]
        with ScriptedModel(script) as model:
            assert self.run_agent(toolset, self.tools(toolset, "get_status"), model, "Please do it.") == "All done."
            assert model.results_seen() == ["Error: Expecting value: line 1 column 1 (char 0)"]
        assert world.api.requests == []
