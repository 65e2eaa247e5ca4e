"""The smolagents tool alone: what it shows to a model, what it takes, what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from smolagents.models import get_tool_json_schema
from smolagents.tools import validate_tool_arguments

from composio.model.action import JsonSchema
from composio.testing import Recorder, tool_spec
from composio_smolagents._adapter import Adapter, ComposioTool


def make(
    properties: Mapping[str, Any], required: list[str] | None = None, recorder: Recorder | None = None
) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder(only="sync")
    spec = tool_spec({"type": "object", "properties": dict(properties), "required": required or []})
    return Adapter().wrap(spec, recorder), recorder


def shown(schema: Any) -> dict[str, Any]:
    tool, _ = make({"x": schema}, ["x"])
    function = get_tool_json_schema(tool)["function"]
    assert (function["name"], function["description"]) == ("APP_DO", "Does it.")
    assert function["parameters"]["required"] == ["x"]
    found: dict[str, Any] = function["parameters"]["properties"]["x"]
    return found


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "description": "é", "enum": ["a", "b"], "default": "a"},
        {"type": ["string", "null"], "description": "", "maxLength": 9},
        {"type": "number", "description": "", "minimum": 0},
        {"type": "array", "description": "", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "minItems": 1},
        {"type": "object", "description": "", "additionalProperties": {"type": "number", "minimum": 1}},
    ],
)
def test_what_has_a_type_is_shown_as_it_is(schema: dict[str, Any]) -> None:
    assert shown(schema) == schema


ANY = ["string", "number", "integer", "boolean", "object", "array"]


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({}, ANY),
        (True, ANY),
        ({"const": 7}, "integer"),
        ({"enum": ["a", None, 1.5, False]}, ["string", "null", "number", "boolean", "integer"]),
        ({"anyOf": [{"type": "string"}, {"type": "array", "items": {}}, {"const": None}]}, ["string", "array", "null"]),
        ({"oneOf": [{"type": "string"}, {"anyOf": [{}]}]}, ANY),
        ({"type": ["number", "null"]}, ["number", "null", "integer"]),
        ({"anyOf": [{"type": "number"}, {"type": "string"}]}, ["number", "string", "integer"]),
    ],
)
def test_what_has_none_gets_those_that_its_values_have(schema: Any, types: Any) -> None:
    found = shown(schema)
    assert found["type"] == types
    assert "array" not in found["type"] or "items" in found


def test_the_branches_of_a_union_are_kept() -> None:
    branches = [{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "string"}]
    assert shown({"anyOf": branches})["oneOf"] == branches


@pytest.mark.parametrize("value", [7, 7.5])
@pytest.mark.parametrize("types", ["number", ["number", "null"]])
def test_an_integer_is_a_number(types: Any, value: float) -> None:
    tool, _ = make({"x": {"type": types}})
    assert validate_tool_arguments(tool, {"x": value}) is None


def test_what_is_optional_may_be_left_out_or_null() -> None:
    tool, _ = make({"a": {"type": "string"}, "b": {"type": "string"}}, ["a"])
    assert get_tool_json_schema(tool)["function"]["parameters"]["required"] == ["a"]
    for arguments in ({"a": ""}, {"a": "", "b": None}):
        assert validate_tool_arguments(tool, arguments) is None


@pytest.mark.parametrize("name", ["args", "arguments", "text", "name", "inputs", "forward", "sanitize"])
def test_every_property_name_arrives(name: str) -> None:
    tool, recorder = make({name: {"type": "string"}}, [name])
    tool(**{name: "value"}, sanitize_inputs_outputs=True)
    tool({name: "value"})
    assert recorder.asked == [{name: "value"}] * 2


def test_a_tool_without_parameters_works() -> None:
    tool, recorder = make({})
    tool(sanitize_inputs_outputs=True)
    assert recorder.asked == [{}]


def test_text_in_place_of_an_object_is_judged_by_the_call() -> None:
    tool, recorder = make({"x": {"type": "string"}})
    tool('{"x": ', sanitize_inputs_outputs=True)
    assert recorder.asked == ['{"x": ']


TWO = {"text": {"type": "string"}, "n": {"type": "integer"}}


@pytest.mark.parametrize(
    ("values", "named", "asked"),
    [
        (["hello"], {}, {"text": "hello"}),
        (["hello", 7], {}, {"text": "hello", "n": 7}),
        (["hello"], {"n": 7}, {"text": "hello", "n": 7}),
        (["{"], {"n": 7}, {"text": "{", "n": 7}),
    ],
)
def test_values_without_names_are_the_first_inputs(values: list[Any], named: dict[str, Any], asked: dict[str, Any]) -> None:
    tool, recorder = make(TWO)
    tool(*values, **named)
    assert recorder.asked == [asked]


@pytest.mark.parametrize(
    ("values", "wrong"), [([1, 2, 3], "it takes 2 at most, and 3 are given"), ([1], "text is given twice")]
)
def test_values_that_are_no_input_are_refused(values: list[Any], wrong: str) -> None:
    tool, recorder = make(TWO)
    with pytest.raises(TypeError, match=f"{wrong}. Write them with their names: text, n"):
        tool(*values, **({"text": "a"} if len(values) == 1 else {}))
    assert recorder.asked == []


@pytest.mark.parametrize("result", [None, {"successful": False, "data": None, "error": "404 Not Found: é"}, {"names": ["a"]}])
def test_the_answer_is_a_dict_that_reads_as_json(result: Any) -> None:
    tool, recorder = make({}, recorder=Recorder(result, only="sync"))
    answer = tool(sanitize_inputs_outputs=True)
    assert answer == recorder.result
    assert (json.loads(str(answer)), answer.tool) == (recorder.result, "APP_DO")
    assert result is None or "\\u" not in str(answer)


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    tool = Adapter().wrap(tool_spec(schema), Recorder(only="sync"))
    tool.inputs["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"
