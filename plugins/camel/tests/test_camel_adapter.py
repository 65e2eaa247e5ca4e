"""The CAMEL tool alone: what it shows to a model, what it hands on, what it answers."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import pytest
from camel.toolkits import FunctionTool

FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def both_ways(tool: Any, arguments: dict[str, Any]) -> list[str]:
    """As ``step`` and ``astep`` call a tool."""
    return [tool(**arguments), asyncio.run(tool.func.async_call(**arguments))]


@pytest.mark.parametrize("name", ["args", "kwargs", "arguments", "name", "func", "call_id", "_invoke", "tool"])
def test_every_property_name_arrives_sync_and_async(make_tool: Any, name: str) -> None:
    tool, recorder = make_tool({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    both_ways(tool, {name: "value"})
    assert (recorder.modes, recorder.asked) == (["sync", "async"], [{name: "value"}] * 2)


def test_the_definition_has_the_schema_as_it_is_and_is_not_strict(make_tool: Any) -> None:
    schema = {
        "type": "object",
        "properties": {
            "labels": {
                "description": "Some.",
                "anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Label"}}, {"type": "null"}],
            }
        },
        "additionalProperties": {"type": "number"},
        "$defs": {"Label": {"type": "string", "pattern": "^[a-z]+$"}},
    }
    tool, _ = make_tool(schema)
    expected = {"name": "APP_DO", "description": "Does it.", "strict": False, "parameters": schema}
    assert tool.get_openai_tool_schema() == {"type": "function", "function": expected}


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {"n": {}, "m": True}}])
def test_camel_has_nothing_to_warn_of(make_tool: Any, schema: dict[str, Any]) -> None:
    tool, _ = make_tool(schema)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tool.get_function_name() == "APP_DO"


def test_the_schema_of_a_tool_is_its_own(make_tool: Any) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    tool, _ = make_tool(schema)
    tool.parameters["n"]["type"] = "string"
    assert schema["properties"] == {"n": {"type": "integer"}}


def test_the_answer_is_the_results_json(make_tool: Any) -> None:
    tool, _ = make_tool()
    for shown in both_ways(tool, {}):
        assert json.loads(shown) == {"successful": True, "data": {"login": "é"}, "error": None}
        assert "é" in shown, "unicode costs fewer tokens as itself"


@pytest.mark.parametrize("result", [FAILED, {"names": ["a"]}])
def test_a_failure_and_what_a_processor_reshaped_are_answers_too(make_tool: Any, recorder_of: Any, result: Any) -> None:
    tool, _ = make_tool(recorder=recorder_of(result))
    assert [json.loads(shown) for shown in both_ways(tool, {})] == [result] * 2


def test_a_copy_as_agents_make_for_their_clones_works_both_ways(make_tool: Any) -> None:
    tool, recorder = make_tool()
    copy = FunctionTool(tool.func, openai_tool_schema=tool.get_openai_tool_schema())
    both_ways(copy, {"n": 1})
    assert (recorder.modes, recorder.asked) == (["sync", "async"], [{"n": 1}] * 2)
