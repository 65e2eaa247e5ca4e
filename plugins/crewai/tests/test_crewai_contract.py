"""The contract suite through a crew, CrewAI's own OpenAI client and OpenAI's wire format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, ClassVar

import pytest
from crewai import LLM
from crewai.tools import tool
from crewai.utilities.agent_utils import convert_tools_to_openai_schema

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.driver import Mode, World, result_in, slug
from composio.testing.contract.runner import RunnerDriver
from composio_crewai import ComposioToolSet

MODES = pytest.mark.parametrize("mode", ["sync", "async"])


class TestCrewAI(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    runner_fixture = "make_agent"
    limits: ClassVar[Mapping[str, str]] = {
        "agent_run": "CrewAI shows a tool's name in lower case",
        "agent_survives_malformed_arguments": "CrewAI's own event refuses arguments that are JSON but no object, and its run ends",
        **{
            f"agent_makes_an_empty_call[nothing-{mode}]": "CrewAI reads arguments before a tool does"
            for mode in ("sync", "async")
        },
        "a_copied_tool_is_the_same": "CrewAI's own tools hold a lock, which has no copy; its agents and crews copy without it",
        "nested_schema": "CrewAI makes every schema strict: all properties are required, optional ones may be null",
        "enums_defaults_and_bounds": "CrewAI makes every schema strict: no defaults, no patterns; descriptions say them",
    }

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        definitions, *_ = convert_tools_to_openai_schema(tools)
        with ScriptedModel([Say("Seen.")]) as model:
            llm = LLM(model="openai/gpt-4o-mini", base_url=model.openai_url, api_key="none")
            llm.call([{"role": "user", "content": "Look."}], tools=definitions)
            assert not model.problems
            return model.tools_seen()

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(tools[0].format_output_for_agent(tools[0].run(**arguments)))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(tools[0].format_output_for_agent(await tools[0].arun(**arguments)))

    def text_of(self, output: Any) -> str:
        return str(output.raw)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        crew = self.runner(model, tools, stream=True).crew(prompt)
        crew.stream = True
        streaming = crew.kickoff()
        assert list(streaming)
        return str(streaming.result.raw)

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return tool("CONTRACT_GET_ITEM")(function)

    # The cases above that are limits, as far as CrewAI goes; the schemas' are in the core's tests of `composio.schema.strict`.

    @MODES
    def test_a_run_with_names_in_lower_case(self, world: World, toolset: Any, mode: Mode) -> None:
        world.api.reply(slug("get_item"), json={"title": "a lamp"})
        tools = self.tools(toolset, "get_item", "get_status")
        answer = Say(lambda results: f"It is {result_in(results[-1])['data']['title']}.")
        with ScriptedModel([Calls([{"name": slug("get_item"), "arguments": {"item_id": 7}}]), answer]) as model:
            assert "It is a lamp." in self.agent(mode, toolset, tools, model)
            assert {tool["name"] for tool in model.tools_seen()} == {"contract_get_item", "contract_get_status"}
        assert [r.arguments for r in world.api.requests] == [{"item_id": 7}]

    @MODES
    @pytest.mark.parametrize("text", ['{"item_id": 7', "item seven", ""])
    def test_a_run_survives_arguments_that_are_no_json(self, world: World, toolset: Any, mode: Mode, text: str) -> None:
        self._goes_on(mode, toolset, "get_item", text, shown="JSON")
        assert world.api.requests == []

    def test_the_limit_of_copies_is_real(self) -> None:
        with pytest.raises(TypeError, match="lock"):
            deepcopy(tool("own")(result_in))

    def test_the_limits_are_real(self, world: World, toolset: Any) -> None:
        """Should CrewAI get over one of them, this fails and ``limits`` gets shorter."""
        (tool,) = self.wire_tools(self.tools(toolset, "create_order"))
        assert tool["name"] == "contract_create_order"
        assert set(tool["parameters"]["required"]) == set(tool["parameters"]["properties"])
        assert "default" not in tool["parameters"]["properties"]["priority"]
        tools = self.tools(toolset, "get_item")
        script: list[Calls | Say] = [Calls([{"name": slug("get_item"), "arguments": "[7]"}]), Say("All done.")]
        with ScriptedModel(script) as model, pytest.raises(Exception, match="ToolUsageStartedEvent"):
            self.run_agent(toolset, tools, model, "Please do it.")
        assert world.api.requests == []
