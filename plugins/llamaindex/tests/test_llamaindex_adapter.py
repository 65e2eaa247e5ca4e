"""The LlamaIndex tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from llama_index.core.tools import ToolOutput
from llama_index.core.tools.calling import acall_tool, call_tool

from composio.model.action import JsonSchema
from composio.testing import Recorder, tool_spec
from composio_llamaindex._adapter import Adapter, ComposioTool

HOSTILE = ["self", "input", "ctx", "args", "kwargs", "tool", "instance", "func", "bound_args", "metadata", "from", "kind-of"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder()
    return Adapter().wrap(tool_spec(schema), recorder), recorder


def every_way(tool: ComposioTool, arguments: dict[str, Any]) -> list[ToolOutput]:
    return [
        tool(**arguments),
        tool.call(**arguments),
        asyncio.run(tool.acall(**arguments)),
        call_tool(tool, arguments),
        asyncio.run(acall_tool(tool, arguments)),
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives_whichever_way_it_is_called(name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    outputs = every_way(tool, {name: "value"})
    assert recorder.asked == [{name: "value"}] * len(outputs)
    assert not any(output.is_error for output in outputs)


def test_a_wrong_name_of_the_only_argument_is_not_hidden() -> None:
    tool, recorder = make()
    every_way(tool, {"m": 1})
    assert recorder.asked == [{"m": 1}] * 5


def test_the_schema_reaches_the_model_as_it_is() -> None:
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "é", "maxLength": 9},
            "labels": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            "state": {"enum": ["open", "closed"], "default": "open"},
            "meta": {"type": "object", "additionalProperties": {"type": "number", "minimum": 1}},
        },
        "required": ["title"],
        "additionalProperties": False,
    }
    tool, _ = make(schema)
    assert tool.metadata.to_openai_tool() == {
        "type": "function",
        "function": {"name": "APP_DO", "description": "Does it.", "parameters": schema},
    }
    assert json.loads(tool.metadata.fn_schema_str) == schema
    assert "é" in tool.metadata.fn_schema_str


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {}}])
def test_a_tool_without_parameters_works(schema: dict[str, Any]) -> None:
    tool, recorder = make(schema)
    assert tool.metadata.get_parameters_dict() == {"type": "object", "properties": {}}
    assert not any(output.is_error for output in every_way(tool, {}))
    assert recorder.asked == [{}] * 5


def test_the_output_is_the_results_json() -> None:
    tool, _ = make()
    for output in every_way(tool, {"n": 1}):
        assert (output.tool_name, output.raw_input, output.is_error) == ("APP_DO", {"kwargs": {"n": 1}}, False)
        assert json.loads(output.content) == output.raw_output == {"successful": True, "data": {"login": "é"}, "error": None}
        assert "é" in output.content, "unicode costs fewer tokens as itself"
        assert ToolOutput.model_validate_json(output.model_dump_json()).content == output.content, (
            "workflows store their events"
        )


def test_a_failure_is_an_error_output() -> None:
    tool, _ = make(recorder=Recorder(FAILED))
    for output in every_way(tool, {"n": 1}):
        assert output.is_error
        assert json.loads(output.content) == FAILED


def test_a_result_that_a_processor_reshaped_is_no_failure() -> None:
    tool, _ = make(recorder=Recorder({"names": ["a"]}))
    assert [(o.content, o.is_error) for o in every_way(tool, {})] == [('{"names": ["a"]}', False)] * 5


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    tool, _ = make(schema)
    tool.metadata.get_parameters_dict()["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"
    assert tool.metadata.get_parameters_dict()["properties"]["n"]["type"] == "integer"
