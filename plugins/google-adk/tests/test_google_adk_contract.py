"""The contract suite through ADK's own runner, over Gemini's wire format."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from google.adk.tools.function_tool import FunctionTool
from google.genai import types

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.runner import RunnerDriver
from composio.testing.threads import in_another_loop
from composio_google_adk import ComposioToolSet

# ADK says so of the way in which it streams.
pytestmark = pytest.mark.filterwarnings(r"ignore:\[EXPERIMENTAL\]:UserWarning")

ADK = tuple(map(int, version("google-adk").split(".")[:2]))
LIMITS = {"agent_survives_malformed_arguments": "Gemini sends arguments as an object, and ADK's events refuse anything else"}
if ADK < (2, 9):
    LIMITS["agent_survives_an_unknown_tool"] = "until 2.9 ADK ends the run at a tool that the agent does not have"


class TestGoogleAdk(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    gives_call_ids = True
    runner_fixture = "make_agent"
    limits: ClassVar[Mapping[str, str]] = LIMITS

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        declared = [tool._get_declaration() for tool in tools]
        return [{"name": d.name, "description": d.description, "parameters": d.parameters_json_schema} for d in declared]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # ADK has no synchronous tools: whoever can't wait does as Runner.run does, with a loop in another thread.
        return in_another_loop(lambda: self.acall(toolset, tools, arguments))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        context: Any = SimpleNamespace(function_call_id="call_1")
        return json.dumps(await tools[0].run_async(args=arguments, tool_context=context), ensure_ascii=False)

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools, user=entity_id).arun("Go.")
            return model.results_seen()[0]

    async def apause(self, toolset: Any, tools: Any, arguments: dict[str, Any], decide: Callable[[], Mapping[str, Any]]) -> str:
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            return json.dumps((await self.runner(model, tools).apause("Go.", decide))[-1])

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(asyncio.run(self.runner(model, tools, streaming=True).arun(prompt)))

    def bare_tool(self, function: Callable[..., str]) -> Any:
        function.__name__ = "CONTRACT_GET_ITEM"
        return FunctionTool(function)

    def test_the_limit_is_real(self) -> None:
        with pytest.raises(ValueError, match="args"):
            types.FunctionCall.model_validate({"name": "CONTRACT_GET_ITEM", "args": '{"item_id": 7'})

    @pytest.mark.skipif(ADK >= (2, 9), reason="ADK learned to answer such calls")
    def test_the_limit_of_former_versions_is_real(self, toolset: Any) -> None:
        with ScriptedModel([Calls([{"name": "CONTRACT_GET_NOTHING", "arguments": {}}]), Say("All done.")]) as model:
            agent = self.arun_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.")
            with pytest.raises(ValueError, match="CONTRACT_GET_NOTHING"):
                asyncio.run(agent)
