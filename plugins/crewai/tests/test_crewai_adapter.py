"""The CrewAI tool alone: what it hands on, how it fails, how CrewAI's other ways of using a tool get on with it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from crewai.tools.tool_failure import ToolFailure

from composio.testing import Recorder, tool_spec
from composio.testing.model.chat import function_problem
from composio_crewai import App, ComposioToolSet
from composio_crewai._adapter import Adapter, ComposioTool

# As the dialect leaves them; `self` and keywords have become aliases before a tool is made.
HOSTILE = ["args", "kwargs", "name", "description", "config", "func", "input", "model_config", "title", "self_", "tool_input"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder()
    return Adapter().wrap(tool_spec(schema), recorder), recorder


def every_way(tool: ComposioTool, arguments: dict[str, Any]) -> list[Any]:
    """Directly, asynchronously, and as the loop for models without tool calls does it."""
    structured = tool.to_structured_tool()
    return [tool.run(**arguments), asyncio.run(tool.arun(**arguments)), structured.invoke(arguments)]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives_every_way(name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    every_way(tool, {name: "value"})
    assert recorder.asked == [{name: "value"}] * 3


def test_arguments_mean_what_the_strict_schema_let_the_model_say() -> None:
    tool, recorder = make()
    every_way(tool, {"n": None})
    every_way(tool, {})
    every_way(tool, {"n": "7"})
    assert recorder.asked == [{}] * 6 + [{"n": "7"}] * 3, "mending values is the core's"


def test_the_output_is_the_results_json() -> None:
    tool, _ = make()
    for output in every_way(tool, {}):
        shown = tool.format_output_for_agent(output)
        assert json.loads(shown) == {"successful": True, "data": {"login": "é"}, "error": None}
        assert "é" in shown, "unicode costs fewer tokens as itself"


def test_a_failure_is_crewais_own_and_shows_the_same_json() -> None:
    tool, _ = make(recorder=Recorder(FAILED))
    for output in every_way(tool, {}):
        assert json.loads(tool.format_output_for_agent(output)) == FAILED
        assert isinstance(output, ToolFailure)


def test_a_result_that_a_processor_reshaped_is_no_failure() -> None:
    tool, _ = make(recorder=Recorder({"names": ["a"]}))
    assert every_way(tool, {}) == ['{"names": ["a"]}'] * 3


def test_nothing_is_cached_unless_asked_for() -> None:
    tool, _ = make()
    assert tool.cache_function({}, "result") is False
    tool.cache_function = lambda *_: True
    assert tool.cache_function({}, "result") is True


def test_the_prompt_for_models_without_tool_calls_has_the_parameters() -> None:
    tool, _ = make()
    shown = tool.formatted_description
    assert '"n"' in shown
    assert "Does it." in shown
    assert "default: 5" in shown


def test_every_action_of_github_that_matters_is_strict(home: Any) -> None:
    with ComposioToolSet(home=home) as toolset:
        tools = toolset.get_tools(apps=[App.GITHUB], check_connected_accounts=False)
        schemas = [tool.args_schema.model_json_schema() for tool in tools]
    assert len(schemas) > 20
    for schema in schemas:
        assert function_problem({"name": "f", "strict": True, "parameters": schema}, "tools[0]") is None
