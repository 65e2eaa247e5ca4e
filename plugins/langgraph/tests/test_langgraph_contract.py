"""The contract suite through LangGraph's prebuilt agent, and its agents' cases once more through ``ToolNode``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from langchain_core.messages import AIMessageChunk

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.agents import AgentCases
from composio.testing.contract.pausing import PausingCases
from composio_langgraph import ComposioToolSet
from tests.peers.langchain_calls import LangChainCalls, MalformedCases, limits


class LangGraphDriver(MalformedCases, LangChainCalls):
    toolset_class = ComposioToolSet
    gives_call_ids = True
    kind: ClassVar[str]
    limits: ClassVar[Mapping[str, str]] = limits("LangChain files such a call under invalid_tool_calls, where the graph ends")

    @pytest.fixture(autouse=True)
    def _runner(self, runner_class: Any) -> None:
        self.runner_class = runner_class

    async def apause(self, toolset: Any, tools: Any, arguments: dict[str, Any], decide: Callable[[], Mapping[str, Any]]) -> str:
        script = [Calls([{"name": tools[0].name, "arguments": arguments}]), Say("Done.")]
        with ScriptedModel(script) as model:
            await self.runner_class(self.kind, model, tools).apause("Go.", decide)
            return model.results_seen()[0]

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.runner_class(self.kind, model, tools).invoke(prompt)[-1].content)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str((await self.runner_class(self.kind, model, tools).ainvoke(prompt))[-1].content)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        pieces = self.runner_class(self.kind, model, tools).stream(prompt)
        return "".join(str(piece.content) for piece in pieces if isinstance(piece, AIMessageChunk))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        return self.run_agent(None, [self.bare_tool(function)], model, prompt)


class TestPrebuiltAgent(LangGraphDriver, AdapterContract, MainJob):
    kind = "prebuilt agent"


class TestToolNode(LangGraphDriver, PausingCases, AgentCases, MainJob):
    kind = "tool node"
