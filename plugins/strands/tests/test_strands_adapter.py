"""The Strands tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from strands.tools import PythonAgentTool
from strands.types.tools import ToolUse

from composio.model.action import JsonSchema
from composio.testing import Calls, Recorder, Say, ScriptedModel, tool_spec
from composio_strands._adapter import Adapter

HOSTILE = ["self", "tool_use", "agent", "invocation_state", "kwargs", "tool", "name", "toolUseId", "kind-of", "from", "_"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def make(schema: Mapping[str, Any], recorder: Recorder | None = None) -> tuple[PythonAgentTool, Recorder]:
    recorder = recorder or Recorder(only="async")
    return Adapter().wrap(tool_spec(schema), recorder), recorder


def shown(make_loop: Any, properties: dict[str, Any], **more: Any) -> Any:
    """The parameters of a tool as Strands sends them to a provider."""
    tool, _ = make({"type": "object", "properties": properties, **more})
    with ScriptedModel([Say("Done.")]) as model:
        make_loop(model, [tool]).run("Go.")
        return model.tools_seen()[0]["parameters"]


def answer(tool: PythonAgentTool, asked: Any, state: dict[str, Any] | None = None) -> Any:
    """The result of one call, as Strands' executor makes it."""

    async def last() -> Any:
        use: ToolUse = {"toolUseId": "c1", "name": "APP_DO", "input": asked}
        return [event async for event in tool.stream(use, state or {})][-1]

    return asyncio.run(last()).tool_result


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "description": "How many.", "minimum": 1, "default": 5},
        {"type": ["string", "null"], "description": "A name, é.", "pattern": "^[a-z]+$"},
        {"type": "object", "description": "By name.", "additionalProperties": {"type": "number"}},
        {"description": "Either.", "anyOf": [{"type": "integer"}, {"type": "null"}]},
        {"$ref": "#/$defs/Label"},
    ],
)
def test_what_tells_its_type_is_shown_as_it_is(make_loop: Any, schema: dict[str, Any]) -> None:
    named = {"Label": {"type": "string", "maxLength": 5}}
    parameters = shown(make_loop, {"x": schema}, required=["x"], **{"$defs": named})
    assert parameters == {"type": "object", "properties": {"x": schema}, "required": ["x"], "$defs": named}


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        ({}, {}),
        ({"enum": [1, 2]}, {"enum": [1, 2]}),
        ({"const": 7}, {"const": 7}),
        (True, {}),
        ({"minimum": 3}, {"minimum": 3}),
    ],
)
def test_what_tells_no_type_is_not_called_a_string(make_loop: Any, schema: Any, fits: dict[str, Any]) -> None:
    inner = {"type": "object", "description": "In it.", "properties": {"y": schema}, "required": []}
    properties = shown(make_loop, {"x": schema, "inner": inner})["properties"]
    for found in (properties["x"], properties["inner"]["properties"]["y"]):
        assert "type" not in found
        assert found["anyOf"] == [fits]


def test_a_description_stays_outside(make_loop: Any) -> None:
    properties = shown(make_loop, {"x": {"description": "Anything at all."}})["properties"]
    assert properties["x"] == {"description": "Anything at all.", "anyOf": [{}]}


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives(make_loop: Any, name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    with ScriptedModel([Calls([{"name": "APP_DO", "arguments": {name: "value"}}]), Say("Done.")]) as model:
        make_loop(model, [tool]).run("Go.")
    assert recorder.asked == [{name: "value"}]


@pytest.mark.parametrize("name", HOSTILE)
def test_an_invocations_own_state_is_no_argument(name: str) -> None:
    tool, recorder = make({"type": "object"})
    answer(tool, {"a": 1}, {name: "the caller's"})
    assert (recorder.asked, recorder.call_ids) == ([{"a": 1}], ["c1"])


def test_the_result_is_paired_and_holds_json() -> None:
    result = answer(make({"type": "object"})[0], {})
    assert (result["toolUseId"], result["status"]) == ("c1", "success")
    (content,) = result["content"]
    assert json.loads(content["text"]) == {"successful": True, "data": {"login": "é"}, "error": None}
    assert "é" in content["text"], "unicode costs fewer tokens as itself"


def test_a_failure_has_the_status_of_an_error_and_the_same_json() -> None:
    result = answer(make({"type": "object"}, Recorder(FAILED, only="async"))[0], {})
    assert result["status"] == "error"
    assert json.loads(result["content"][0]["text"]) == FAILED


def test_a_result_that_a_processor_reshaped_is_no_failure() -> None:
    result = answer(make({"type": "object"}, Recorder({"names": ["a"]}, only="async"))[0], {})
    assert (result["status"], result["content"]) == ("success", [{"text": '{"names": ["a"]}'}])


@pytest.mark.parametrize(("written", "arrives"), [([7], "[7]"), ("seven", '"seven"'), (None, "null")])
def test_what_is_no_object_arrives_as_text(written: Any, arrives: str) -> None:
    tool, recorder = make({"type": "object"})
    answer(tool, written)
    assert (recorder.asked, recorder.call_ids) == ([arrives], ["c1"])


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    first, second = make(schema)[0].tool_spec["inputSchema"]["json"], make(schema)[0].tool_spec["inputSchema"]["json"]
    first["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == second["properties"]["n"]["type"] == "integer"
