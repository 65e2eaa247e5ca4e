"""The contract suite through LangChain's own agent loop and OpenAI's wire format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from composio.testing import AdapterContract, MainJob, ScriptedModel
from composio_langchain import ComposioToolSet
from tests.peers.langchain_calls import LangChainCalls, MalformedCases, limits
from tests.peers.served import OverServer

LIMITS = limits("LangChain files such a call under invalid_tool_calls, and its agent ends there")


class _LangChain(LangChainCalls, AdapterContract):
    toolset_class = ComposioToolSet
    gives_call_ids = True
    limits: ClassVar[Mapping[str, str]] = LIMITS

    @pytest.fixture(autouse=True)
    def _agent(self, make_agent: Callable[..., Any]) -> None:
        self.make_agent = make_agent

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        state = self.make_agent(model, tools).invoke({"messages": [("user", prompt)]})
        return str(state["messages"][-1].content)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        state = await self.make_agent(model, tools).ainvoke({"messages": [("user", prompt)]})
        return str(state["messages"][-1].content)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.make_agent(model, tools).stream({"messages": [("user", prompt)]}))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        return self.run_agent(None, [self.bare_tool(function)], model, prompt)


class TestLangChain(MalformedCases, _LangChain, MainJob):
    pass


class TestLangChainOverServer(OverServer, _LangChain):
    limits: ClassVar[Mapping[str, str]] = {**LIMITS, **OverServer.limits}
