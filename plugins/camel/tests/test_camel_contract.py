"""The contract suite through CAMEL's own chat agent and OpenAI's wire format."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from camel.toolkits import FunctionTool
from camel.toolkits.function_tool import get_openai_tool_schema

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.runner import RunnerDriver
from composio_camel import ComposioToolSet

UNREADABLE = "CAMEL reads a call's arguments before it looks for the tool, and ends the step where they are no JSON object"


class TestCamel(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = {
        "agent_survives_malformed_arguments": UNREADABLE,
        "agent_makes_an_empty_call[nothing-sync]": UNREADABLE,
        "agent_makes_an_empty_call[nothing-async]": UNREADABLE,
        "agent_makes_parallel_calls_and_keeps_their_order": "`step` and `astep` run calls one after the other",
    }

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # As `step` calls it.
        return str(tools[0](**arguments))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # As `astep` calls it.
        return str(await tools[0].func.async_call(**arguments))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        said = self.make_runner(model, tools).stream(prompt)
        assert all(request.body["stream"] for request in model.requests)
        return str(said)

    def bare_tool(self, function: Callable[..., str]) -> Any:
        schema = get_openai_tool_schema(function)
        schema["function"]["name"] = "CONTRACT_GET_ITEM"
        schema["function"]["parameters"]["properties"]["item_id"]["description"] = "Which."
        return FunctionTool(function, openai_tool_schema=schema)

    @pytest.mark.parametrize("mode", ["sync", "async"])
    @pytest.mark.parametrize("text", ['{"item_id": 7', "[7]", ""])
    def test_the_limit_of_unreadable_arguments_is_real(self, toolset: Any, mode: Any, text: str) -> None:
        """Should CAMEL learn to answer such calls, this fails and ``limits`` gets shorter."""
        with ScriptedModel([Calls([{"name": "CONTRACT_GET_ITEM", "arguments": text}]), Say("All done.")]) as model:
            with pytest.raises(ValueError, match=r"delimiter|valid dictionary|Expecting value"):
                self.agent(mode, toolset, self.tools(toolset, "get_item"), model)
            assert len(model.requests) == 1

    def test_the_limit_of_calls_at_the_same_time_is_real(self, make_tool: Callable[..., Any]) -> None:
        """As above; streamed runs do run calls together, see the adapter's tests."""
        for way in ("run", "arun"):
            tool, recorder = make_tool()
            with ScriptedModel([Calls([{"name": "APP_DO", "arguments": {}}] * 3), Say("All done.")]) as model:
                run = getattr(self.make_runner(model, [tool]), way)
                said = run("Please do it.") if way == "run" else asyncio.run(run("Please do it."))
            assert (said, len(recorder.asked), recorder.most) == ("All done.", 3, 1)
