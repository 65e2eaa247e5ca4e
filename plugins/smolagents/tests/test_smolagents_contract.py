"""The contract suite through smolagents' own tool-calling agent."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from smolagents import Tool, ToolCallingAgent
from smolagents.models import get_tool_json_schema

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.runner import ContextCases
from composio.testing.threads import in_a_thread
from composio_smolagents import ComposioToolSet

STATUS = "CONTRACT_GET_STATUS"


class TestSmolagents(ContextCases, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    runner_fixture = "make_agent"
    limits: ClassVar[Mapping[str, str]] = {
        "cancelling_a_call_cancels_its_request": "smolagents is synchronous: a thread can't be cancelled",
    }

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [get_tool_json_schema(tool)["function"] for tool in tools]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # As the agents call it.
        return str(tools[0](**arguments, sanitize_inputs_outputs=True)).strip()

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return await in_a_thread(lambda: self.call(toolset, tools, arguments))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return await in_a_thread(lambda: self.run_agent(toolset, tools, model, prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        *_, last = self.runner(model, tools).agent.run(prompt, stream=True)
        return str(last.output)

    def bare_tool(self, function: Callable[..., str]) -> Any:
        class Bare(Tool):  # type: ignore[misc]  # smolagents has no type information
            name, description, output_type = "CONTRACT_GET_ITEM", "Get item.", "string"
            inputs: ClassVar[dict[str, Any]] = {"item_id": {"type": "integer", "description": "Which."}}

            def forward(self, item_id: int) -> str:
                return function(item_id)

        return Bare()

    def test_an_agent_survives_text_for_a_tool_without_parameters(self, toolset: Any) -> None:
        with ScriptedModel([Calls([{"name": STATUS, "arguments": "now"}]), Say("All done.")]) as model:
            assert self.run_agent(toolset, self.tools(toolset, "get_status"), model, "Please do it.") == "All done."

    def test_the_limit_is_real(self) -> None:
        """Should smolagents learn to wait, this fails and ``limits`` gets shorter."""
        members = [member for owner in (Tool, ToolCallingAgent) for _, member in inspect.getmembers(owner)]
        assert not [m for m in members if inspect.iscoroutinefunction(m) or inspect.isasyncgenfunction(m)]
