"""The contract suite through ADK's own runner, over Gemini's wire format."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from google.adk.tools.function_tool import FunctionTool
from google.genai import types

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio_google_adk import ComposioToolSet

# ADK says so of the way in which it streams.
pytestmark = pytest.mark.filterwarnings(r"ignore:\[EXPERIMENTAL\]:UserWarning")

ADK = tuple(map(int, version("google-adk").split(".")[:2]))
LIMITS = {"agent_survives_malformed_arguments": "Gemini sends arguments as an object, and ADK's events refuse anything else"}
if ADK < (2, 9):
    LIMITS["agent_survives_an_unknown_tool"] = "until 2.9 ADK ends the run at a tool that the agent does not have"


class TestGoogleAdk(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = LIMITS

    @pytest.fixture(autouse=True)
    def _agent(self, make_agent: Callable[..., Any]) -> None:
        self.make_agent = make_agent

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        declared = [tool._get_declaration() for tool in tools]
        return [{"name": d.name, "description": d.description, "parameters": d.parameters_json_schema} for d in declared]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # ADK has no synchronous tools: whoever can't wait does as Runner.run does, with a loop in another thread.
        context = copy_context()
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(context.run, asyncio.run, self.acall(toolset, tools, arguments)).result()

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        context: Any = SimpleNamespace(function_call_id="call_1")
        return json.dumps(await tools[0].run_async(args=arguments, tool_context=context), ensure_ascii=False)

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.make_agent(model, tools).run(prompt))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(await self.make_agent(model, tools).arun(prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(asyncio.run(self.make_agent(model, tools, streaming=True).arun(prompt)))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        function.__name__ = "CONTRACT_GET_ITEM"
        return str(self.make_agent(model, [FunctionTool(function)]).run(prompt))

    def test_the_limit_is_real(self) -> None:
        with pytest.raises(ValueError, match="args"):
            types.FunctionCall.model_validate({"name": "CONTRACT_GET_ITEM", "args": '{"item_id": 7'})

    @pytest.mark.skipif(ADK >= (2, 9), reason="ADK learned to answer such calls")
    def test_the_limit_of_former_versions_is_real(self, toolset: Any) -> None:
        with ScriptedModel([Calls([{"name": "CONTRACT_GET_NOTHING", "arguments": {}}]), Say("All done.")]) as model:
            agent = self.arun_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.")
            with pytest.raises(ValueError, match="CONTRACT_GET_NOTHING"):
                asyncio.run(agent)
