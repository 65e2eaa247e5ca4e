"""The contract suite through LangChain's own agent loop and OpenAI's wire format."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, ClassVar

import pytest
from langchain_core.tools import StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio_langchain import ComposioToolSet
from tests.peers.served import OverServer

MALFORMED = "LangChain files such a call under invalid_tool_calls, and its agent ends there"
LIMITS = {"agent_survives_malformed_arguments": MALFORMED}
if int(version("langchain-core").split(".")[0]) < 1:
    LIMITS |= {f"agent_makes_an_empty_call[nothing-{mode}]": MALFORMED for mode in ("sync", "async")}


class _LangChain(AdapterContract):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = LIMITS

    @pytest.fixture(autouse=True)
    def _agent(self, make_agent: Callable[..., Any]) -> None:
        self.make_agent = make_agent

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [convert_to_openai_tool(tool)["function"] for tool in tools]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(tools[0].invoke(asked(tools, arguments)).content)

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str((await tools[0].ainvoke(asked(tools, arguments))).content)

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        state = self.make_agent(model, tools).invoke({"messages": [("user", prompt)]})
        return str(state["messages"][-1].content)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        state = await self.make_agent(model, tools).ainvoke({"messages": [("user", prompt)]})
        return str(state["messages"][-1].content)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.make_agent(model, tools).stream({"messages": [("user", prompt)]}))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        bare = StructuredTool.from_function(function, name="CONTRACT_GET_ITEM")
        return str(self.make_agent(model, [bare]).invoke({"messages": [("user", prompt)]})["messages"][-1].content)


class TestLangChain(_LangChain, MainJob):
    @pytest.mark.parametrize("text", ['{"item_id": 7', *([""] if len(LIMITS) > 1 else [])])
    def test_the_limit_is_real(self, make_agent: Callable[..., Any], toolset: Any, text: str) -> None:
        """Should LangChain learn to answer malformed calls, this fails and ``limits`` gets shorter."""
        script: list[Calls | Say] = [Calls([{"name": "CONTRACT_GET_ITEM", "arguments": text}]), Say("All done.")]
        with ScriptedModel(script) as model:
            said = asyncio.run(self.arun_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it."))
        assert said == ""


class TestLangChainOverServer(OverServer, _LangChain):
    limits: ClassVar[Mapping[str, str]] = {**LIMITS, **OverServer.limits}


def asked(tools: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """A call as a model's message holds it: the tool answers with a ``ToolMessage``."""
    return {"type": "tool_call", "id": "call_1", "name": tools[0].name, "args": arguments}
