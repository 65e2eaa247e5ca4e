"""The LangChain tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import ToolException
from langchain_core.utils.function_calling import convert_to_openai_tool

from composio.framework import ToolSpec
from composio.model.action import ActionModel, HttpBinding, JsonSchema
from composio.model.call import ToolResult
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


class Recorder:
    """An ``Invoke`` that remembers what it was asked and answers as it was told."""

    def __init__(self, result: Mapping[str, Any] | None = None) -> None:
        self.result = result or {"successful": True, "data": {"login": "é"}, "error": None}
        self.asked: list[tuple[Any, str | None]] = []

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None) -> ToolResult:
        self.asked.append((arguments, call_id))
        return ToolResult(self.result, call_id=call_id)

    async def acall(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None) -> ToolResult:
        return self(arguments, call_id=call_id)


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder()
    parameters = JsonSchema(schema or {"type": "object", "properties": {"n": {"type": "integer", "default": 5}}})
    action = ActionModel(slug="APP_DO", app="app", binding=HttpBinding("GET", "/"))
    return Adapter().wrap(ToolSpec("APP_DO", "Does it.", parameters, action), recorder), recorder


def both_ways(tool: ComposioTool, call: Any) -> list[Any]:
    return [tool.invoke(call), asyncio.run(tool.ainvoke(call))]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives_sync_and_async(name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    both_ways(tool, {name: "value"})
    both_ways(tool, {"type": "tool_call", "id": "c1", "name": "APP_DO", "args": {name: "value"}})
    arguments = {name: "value"}
    assert recorder.asked == [(arguments, None), (arguments, None), (arguments, "c1"), (arguments, "c1")]


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
    assert recorder.asked == [({}, None), ({}, None)]


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
    assert recorder.asked == [('{"n": 1}', None)] * 2


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    tool, _ = make(schema)
    tool.args["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"
