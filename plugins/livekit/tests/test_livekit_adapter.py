"""The LiveKit tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import ToolError
from livekit.agents.llm import ToolContext
from livekit.agents.llm.tool_context import get_raw_function_info, is_raw_function_tool
from livekit.agents.llm.utils import prepare_function_arguments

from composio.framework import ToolSpec
from composio.model.action import ActionModel, HttpBinding, JsonSchema
from composio.testing import Recorder, tool_spec
from composio_livekit._adapter import Adapter

SCHEMA = {
    "type": "object",
    "properties": {
        "labels": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Label"}}, {"type": "null"}]},
        "from": {"const": "a"},
    },
    "additionalProperties": {"type": "number"},
    "$defs": {"Label": {"type": "string", "pattern": "^[a-z]+$"}},
}
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[Any, Recorder]:
    recorder = recorder or Recorder(only="async")
    return Adapter().wrap(tool_spec(SCHEMA if schema is None else schema), recorder), recorder


def carry_out(tool: Any, arguments: str, call_ctx: Any = None) -> str:
    """As LiveKit does it with a model's text; the answer, or what a ``ToolError`` says."""
    args, kwargs = prepare_function_arguments(fnc=tool, json_arguments=arguments, call_ctx=call_ctx)
    try:
        return str(asyncio.run(tool(*args, **kwargs)))
    except ToolError as error:
        return error.message


def test_the_definition_has_the_schema_as_it_is() -> None:
    tool, _ = make()
    assert is_raw_function_tool(tool)
    info = get_raw_function_info(tool)
    assert info.name == "APP_DO"
    assert info.raw_schema == {"name": "APP_DO", "description": "Does it.", "parameters": SCHEMA}


def test_livekit_finds_it_by_its_name_and_refuses_another_of_that_name() -> None:
    tool, _ = make()
    assert list(ToolContext([tool]).function_tools) == ["APP_DO"]
    with pytest.raises(ValueError, match="duplicate"):
        ToolContext([tool, make()[0]])


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("openai", lambda tool: tool["function"]["parameters"]),
        ("openai.responses", lambda tool: tool["parameters"]),
        ("anthropic", lambda tool: tool["input_schema"]),
        ("aws", lambda tool: tool["toolSpec"]["inputSchema"]["json"]),
    ],
)
@pytest.mark.skipif(not hasattr(ToolContext, "parse_function_tools"), reason="this version leaves it to each model's plugin")
def test_every_provider_gets_the_schema_as_it_is(name: Any, read: Any) -> None:
    (shown,) = ToolContext([make()[0]]).parse_function_tools(name)
    assert read(shown) == SCHEMA


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"type": "object", "properties": {}}])
@pytest.mark.parametrize("text", ["{}", '{"self": 1, "raw_arguments": 2, "context": 3}'])
def test_arguments_arrive_as_they_were_written(schema: dict[str, Any], text: str) -> None:
    tool, recorder = make(schema)
    carry_out(tool, text)
    assert (recorder.asked, recorder.call_ids) == ([json.loads(text)], [None])
    assert get_raw_function_info(tool).raw_schema["parameters"] == {"type": "object", "properties": {}}


@pytest.mark.parametrize("result", [None, FAILED, {"names": ["a"]}])
def test_the_answer_is_the_results_json_for_failures_too(result: Any) -> None:
    tool, recorder = make(recorder=Recorder(result, only="async"))
    text = carry_out(tool, "{}")
    assert json.loads(text) == recorder.result
    assert "\\u" not in text, "unicode costs fewer tokens as itself"


def test_only_what_says_that_it_failed_is_a_failure() -> None:
    with pytest.raises(ToolError):
        asyncio.run(make(recorder=Recorder(FAILED, only="async"))[0](raw_arguments={}))
    asyncio.run(make(recorder=Recorder({"names": ["a"]}, only="async"))[0](raw_arguments={}))


def test_the_calls_id_is_passed_on() -> None:
    tool, recorder = make()
    asyncio.run(tool(raw_arguments={}, context=SimpleNamespace(function_call=SimpleNamespace(call_id="call_1"), userdata=None)))
    assert (recorder.asked, recorder.call_ids) == ([{}], ["call_1"])


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    action = ActionModel(slug="APP_DO", app="app", binding=HttpBinding("GET", "/"))
    tool: Any = Adapter().wrap(ToolSpec("APP_DO", "Does it.", schema, action), Recorder(only="async"))
    get_raw_function_info(tool).raw_schema["parameters"]["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"
