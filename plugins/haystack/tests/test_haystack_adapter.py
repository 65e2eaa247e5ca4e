"""The Haystack tool alone: what it shows to a model, what it hands on, how it fails, how it is written down."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from typing import Any

import pytest
from haystack.core.errors import DeserializationError
from haystack.tools.errors import ToolInvocationError

from composio.model.action import JsonSchema
from composio.model.call import ToolResult
from composio.testing import Recorder, nested_schema, tool_spec
from composio_haystack._adapter import Adapter, ComposioTool, as_json

FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}
NAMES = ["self", "cls", "function", "tool", "state", "name", "arguments", "kwargs", "streaming_callback", "kind-of", "from"]


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder()
    return Adapter().wrap(tool_spec(schema), recorder), recorder


def both_ways(tool: ComposioTool, arguments: dict[str, Any]) -> list[ToolResult]:
    return [tool.invoke(**arguments), asyncio.run(tool.invoke_async(**arguments))]


@pytest.mark.parametrize("name", NAMES)
def test_every_property_name_arrives_sync_and_async(name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    both_ways(tool, {name: "value"})
    assert (recorder.modes, recorder.asked) == (["sync", "async"], [{name: "value"}] * 2)


def test_the_definition_has_the_schema_as_it_is() -> None:
    schema = nested_schema()
    assert make(schema)[0].tool_spec == {"name": "APP_DO", "description": "Does it.", "parameters": schema}


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    tool, _ = make(schema.model_dump())
    tool.parameters["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"


def test_a_tool_without_parameters_works() -> None:
    tool, recorder = make({"type": "object"})
    assert tool.parameters == {"type": "object", "properties": {}}
    both_ways(tool, {})
    assert (recorder.modes, recorder.asked) == (["sync", "async"], [{}] * 2)


def test_the_output_is_the_result_and_its_text_is_json() -> None:
    tool, recorder = make()
    for result in both_ways(tool, {}):
        assert isinstance(result, dict)
        assert result == recorder.result
        assert json.loads(as_json(result)) == recorder.result
        assert "é" in as_json(result), "unicode costs fewer tokens as itself"
    assert tool.outputs_to_string == {"handler": as_json}


def test_a_failure_is_haystacks_error_and_says_nothing_but_the_result() -> None:
    tool, _ = make(recorder=Recorder(FAILED))
    with pytest.raises(ToolInvocationError) as caught:
        tool.invoke(n=1)
    with pytest.raises(ToolInvocationError) as acaught:
        asyncio.run(tool.invoke_async(n=1))
    for raised in (caught.value, acaught.value):
        assert json.loads(str(raised)) == FAILED
        assert raised.tool_name == "APP_DO"


def test_a_result_that_a_processor_reshaped_is_no_failure() -> None:
    tool, _ = make(recorder=Recorder({"names": ["a"]}))
    assert [as_json(result) for result in both_ways(tool, {})] == ['{"names": ["a"]}'] * 2


def test_a_copy_works_as_the_tool_does() -> None:
    tool, recorder = make()
    both_ways(deepcopy(tool), {"n": 1})
    assert (recorder.modes, recorder.asked) == (["sync", "async"], [{"n": 1}] * 2)


def test_a_tool_is_written_down_as_shown_and_not_read_back() -> None:
    tool, _ = make()
    written = json.loads(json.dumps(tool.to_dict()))
    assert written == {"type": "composio_haystack._adapter.ComposioTool", "data": tool.tool_spec}
    with pytest.raises(DeserializationError, match=r"APP_DO: .*get_tools"):
        ComposioTool.from_dict(written)
