"""The contract suite through Haystack's own agent and OpenAI's wire format."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from haystack.core.errors import PipelineRuntimeError
from haystack.tools.errors import ToolInvocationError
from haystack.tools.from_function import create_tool_from_function
from haystack.tools.tool import Tool

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.runner import RunnerDriver
from composio.testing.threads import in_a_thread
from composio_haystack import ComposioToolSet

WAITS = hasattr(Tool, "invoke_async")  # since 3.0
LIMITS = {
    "agent_survives_malformed_arguments": "Haystack leaves calls with malformed JSON out, and ends at JSON that is no object",
}
if not WAITS:
    skipped = "before 3.0 Haystack takes no arguments for malformed ones"
    LIMITS |= {
        "agent_makes_an_empty_call[nothing-sync]": skipped,
        "agent_makes_an_empty_call[nothing-async]": skipped,
        "cancelling_a_call_cancels_its_request": "before 3.0 tools are synchronous: a thread can't be cancelled",
    }


class TestHaystack(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = LIMITS

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [tool.tool_spec for tool in tools]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        try:
            return str(tools[0].outputs_to_string["handler"](tools[0].invoke(**arguments)))
        except ToolInvocationError as error:
            return str(error)

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        if not WAITS:
            return await in_a_thread(lambda: self.call(toolset, tools, arguments))
        try:
            return str(tools[0].outputs_to_string["handler"](await tools[0].invoke_async(**arguments)))
        except ToolInvocationError as error:
            return str(error)

    def text_of(self, output: Any) -> str:
        return str(output["messages"][-1].text)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        pieces: list[str] = []
        self.make_runner(model, tools, streaming_callback=lambda chunk: pieces.append(chunk.content)).run(prompt)
        return "".join(pieces)

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return create_tool_from_function(function, name="CONTRACT_GET_ITEM", description="Get item.")

    @pytest.mark.parametrize("arguments", ['{"item_id": 7', "item seven", *([] if WAITS else [""])])
    def test_the_limit_of_malformed_json_is_real(self, toolset: Any, arguments: str) -> None:
        """Should Haystack keep such calls, this fails and ``limits`` gets shorter; so with the next two."""
        with ScriptedModel([Calls([{"name": "CONTRACT_GET_ITEM", "arguments": arguments}]), Say("All done.")]) as model:
            assert "All done." not in self.run_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.")
            assert model.results_seen() == []

    def test_the_limit_of_what_is_no_object_is_real(self, toolset: Any) -> None:
        tools, call = self.tools(toolset, "get_item"), {"name": "CONTRACT_GET_ITEM", "arguments": "[7]"}
        with ScriptedModel([Calls([call]), Say("All done.")]) as model, pytest.raises((TypeError, PipelineRuntimeError)):
            self.run_agent(toolset, tools, model, "Please do it.")

    @pytest.mark.skipif(WAITS, reason="Haystack learned to wait")
    def test_the_limit_of_former_versions_is_real(self) -> None:
        assert not [name for name in dir(Tool) if inspect.iscoroutinefunction(getattr(Tool, name))]
