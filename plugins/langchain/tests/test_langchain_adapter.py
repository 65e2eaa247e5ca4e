"""The LangChain tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import ToolException
from langchain_core.utils.function_calling import convert_to_openai_tool

from composio.model.action import JsonSchema
from composio.testing import Recorder, tool_spec
from composio_langchain._adapter import Adapter, ComposioTool

HOSTILE = [
    "config",
    "run_manager",
    "callbacks",
    "self",
    "runtime",
    "state",
    "store",
    "args",
    "kwargs",
    "func",
    "from",
    "class",
    "title",
]


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder()
    return Adapter().wrap(tool_spec(schema), recorder), recorder


def both_ways(tool: ComposioTool, call: Any) -> list[Any]:
    return [tool.invoke(call), asyncio.run(tool.ainvoke(call))]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives_sync_and_async(name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    both_ways(tool, {name: "value"})
    both_ways(tool, {"type": "tool_call", "id": "c1", "name": "APP_DO", "args": {name: "value"}})
    arguments = {name: "value"}
    assert (recorder.asked, recorder.call_ids) == ([arguments] * 4, [None, None, "c1", "c1"])


def test_the_schema_reaches_the_model_as_it_is() -> None:
    properties = {
        "title": {"type": "string", "description": "é", "maxLength": 9},
        "labels": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        "state": {"enum": ["open", "closed"], "default": "open"},
        "meta": {"type": "object", "additionalProperties": {"type": "number", "minimum": 1}},
    }
    tool, _ = make({"type": "object", "properties": properties, "required": ["title"]})
    function = convert_to_openai_tool(tool)["function"]
    assert function["name"] == "APP_DO"
    assert function["description"] == "Does it."
    assert function["parameters"]["properties"] == properties
    assert function["parameters"]["required"] == ["title"]


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {}}])
def test_a_tool_without_parameters_works(schema: dict[str, Any]) -> None:
    tool, recorder = make(schema)
    assert tool.args == {}
    assert convert_to_openai_tool(tool)["function"]["parameters"]["properties"] == {}
    both_ways(tool, {})
    assert (recorder.asked, recorder.call_ids) == ([{}] * 2, [None] * 2)


def test_the_content_is_the_results_json() -> None:
    tool, _ = make()
    call = {"type": "tool_call", "id": "c1", "name": "APP_DO", "args": {}}
    for message in both_ways(tool, call):
        assert isinstance(message, ToolMessage)
        assert (message.status, message.tool_call_id) == ("success", "c1")
        assert json.loads(str(message.content)) == {"successful": True, "data": {"login": "é"}, "error": None}
        assert "é" in str(message.content), "unicode costs fewer tokens as itself"


FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def test_a_failure_is_shown_natively_and_the_run_goes_on() -> None:
    tool, _ = make(recorder=Recorder(FAILED))
    for message in both_ways(tool, {"type": "tool_call", "id": "c1", "name": "APP_DO", "args": {}}):
        assert message.status == "error"
        assert json.loads(message.content) == FAILED


def test_whoever_wants_the_exception_gets_it() -> None:
    tool, _ = make(recorder=Recorder(FAILED))
    tool.handle_tool_error = False
    with pytest.raises(ToolException, match="404 Not Found"):
        tool.invoke({})
    with pytest.raises(ToolException, match="404 Not Found"):
        asyncio.run(tool.ainvoke({}))


def test_a_result_that_a_processor_reshaped_is_no_failure() -> None:
    tool, _ = make(recorder=Recorder({"names": ["a"]}))
    assert both_ways(tool, {}) == ['{"names": ["a"]}', '{"names": ["a"]}']


def test_arguments_may_come_as_json_text() -> None:
    tool, recorder = make()
    both_ways(tool, '{"n": 1}')
    assert (recorder.asked, recorder.call_ids) == (['{"n": 1}'] * 2, [None] * 2)


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    tool, _ = make(schema)
    tool.args["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"
