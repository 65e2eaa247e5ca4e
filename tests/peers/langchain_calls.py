"""What the contract suites of LangChain and LangGraph share: their tools are the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
from langchain_core.tools import StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from composio.testing import Calls, Say, ScriptedModel
from composio.testing.contract.driver import Driver

__all__ = ["LangChainCalls", "MalformedCases", "limits"]

_EMPTY_IS_MALFORMED = int(version("langchain-core").split(".")[0]) < 1


def limits(reason: str) -> dict[str, str]:
    """The cases with malformed arguments, which LangChain files under ``invalid_tool_calls``; before 1.0 so are empty ones."""
    found = {"agent_survives_malformed_arguments": reason}
    if _EMPTY_IS_MALFORMED:
        found |= {f"agent_makes_an_empty_call[nothing-{mode}]": reason for mode in ("sync", "async")}
    return found


class LangChainCalls(Driver):
    """Calls of LangChain's tools."""

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [convert_to_openai_tool(tool)["function"] for tool in tools]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(tools[0].invoke(_asked(tools, arguments)).content)

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str((await tools[0].ainvoke(_asked(tools, arguments))).content)

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        config: Any = {"configurable": {"entity_id": entity_id}}
        return str((await tools[0].ainvoke(_asked(tools, arguments), config)).content)

    def bare_tool(self, function: Callable[..., str]) -> StructuredTool:
        """The framework's own tool."""
        return StructuredTool.from_function(function, name="CONTRACT_GET_ITEM")


class MalformedCases(Driver):
    """That what :func:`limits` says is so."""

    @pytest.mark.parametrize("text", ['{"item_id": 7', *([""] if _EMPTY_IS_MALFORMED else [])])
    def test_the_limit_is_real(self, toolset: Any, text: str) -> None:
        """Should the framework learn to answer malformed calls, this fails and ``limits`` gets shorter."""
        script: list[Calls | Say] = [Calls([{"name": "CONTRACT_GET_ITEM", "arguments": text}]), Say("All done.")]
        with ScriptedModel(script) as model:
            said = asyncio.run(self.arun_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it."))
        assert said == ""


def _asked(tools: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """A call as a model's message holds it: the tool answers with a ``ToolMessage``."""
    return {"type": "tool_call", "id": "call_1", "name": tools[0].name, "args": arguments}
