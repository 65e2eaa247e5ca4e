"""The AG2 tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import pytest
from ag2 import Agent, MemoryStream, Toolkit
from ag2.events import ModelResponse, ToolCallEvent, ToolErrorEvent, ToolResultEvent
from ag2.testing import TestConfig

from composio.errors import ComposioError
from composio.framework import ToolSpec
from composio.model.action import ActionModel, HttpBinding, JsonSchema
from composio.model.call import ToolResult
from composio_ag2._adapter import Adapter, ComposioTool

HOSTILE = ["self", "event", "context", "__ctx__", "stack", "args", "kwargs", "call_id", "kind-of", "from", "class", "title"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


class Recorder:
    """An ``Invoke`` that remembers what it was asked and answers as it was told. Like a backend, it can't be copied."""

    def __init__(self, result: Mapping[str, Any] | None = None) -> None:
        self.result = result or {"successful": True, "data": {"login": "é"}, "error": None}
        self.asked: list[Any] = []
        self.lock = Lock()

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None) -> ToolResult:
        raise AssertionError("AG2 is asynchronous throughout")

    async def acall(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None) -> ToolResult:
        assert call_id
        self.asked.append(arguments)
        return ToolResult(self.result, call_id=call_id)


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder()
    parameters = JsonSchema(schema or {"type": "object", "properties": {"n": {"type": "integer", "default": 5}}})
    action = ActionModel(slug="APP_DO", app="app", binding=HttpBinding("GET", "/"))
    return Adapter().wrap(ToolSpec("APP_DO", "Does it.", parameters, action), recorder), recorder


@pytest.fixture
def answer(one_call: Any) -> Callable[[ComposioTool, Any], ToolResultEvent]:
    """What an agent's tool answers to a model that asks for it with these arguments."""

    def run(tool: ComposioTool, arguments: Any) -> ToolResultEvent:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        result: ToolResultEvent = asyncio.run(one_call(tool, text).arun())
        return result

    return run


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives(answer: Any, name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    answer(tool, {name: "value"})
    assert recorder.asked == [{name: "value"}]


def test_the_definition_has_the_schema_as_it_is() -> None:
    schema = {
        "type": "object",
        "properties": {"labels": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Label"}}, {"type": "null"}]}},
        "additionalProperties": {"type": "number"},
        "$defs": {"Label": {"type": "string", "pattern": "^[a-z]+$"}},
    }
    function = make(schema)[0].schema.function
    assert (function.name, function.description, function.parameters) == ("APP_DO", "Does it.", schema)


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    make(schema)[0].schema.function.parameters["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"


@pytest.mark.parametrize("arguments", ["{}", ""])
def test_an_empty_call_has_empty_arguments(answer: Any, arguments: str) -> None:
    tool, recorder = make({"type": "object", "properties": {}})
    answer(tool, arguments)
    assert recorder.asked == [{}]


def test_the_result_is_json(answer: Any, text_shown: Callable[[Any], str]) -> None:
    shown = text_shown(answer(make()[0], {}))
    assert json.loads(shown) == {"successful": True, "data": {"login": "é"}, "error": None}
    assert "é" in shown, "unicode costs fewer tokens as itself"


def test_a_failure_is_an_error_with_the_same_json(answer: Any, text_shown: Callable[[Any], str]) -> None:
    result = answer(make(recorder=Recorder(FAILED))[0], {})
    assert json.loads(text_shown(result)) == FAILED
    assert isinstance(result, ToolErrorEvent)
    assert isinstance(result.error, ComposioError)
    assert str(result.error) == FAILED["error"]


def test_a_result_that_a_processor_reshaped_is_no_failure(answer: Any, text_shown: Callable[[Any], str]) -> None:
    result = answer(make(recorder=Recorder({"names": ["a"]}))[0], {})
    assert not isinstance(result, ToolErrorEvent)
    assert text_shown(result) == '{"names": ["a"]}'


@pytest.mark.parametrize("text", ['{"n": 7', "seven", "[7]", '"text"', "7", "null"])
def test_what_is_no_object_is_judged_by_the_call_and_readable_in_the_transcript(text: str) -> None:
    tool, recorder = make()
    stream = MemoryStream()
    agent = Agent("agent", config=TestConfig(ToolCallEvent(tool.name, arguments=text), "All done."), tools=[tool])

    async def calls() -> list[Any]:
        await agent.ask("Please do it.", stream=stream)
        responses = [event for event in await stream.history.get_events() if isinstance(event, ModelResponse)]
        return [call for response in responses for call in response.tool_calls.to_api()]

    (call,) = asyncio.run(calls())
    assert recorder.asked == [text]
    assert call["function"] == {"name": "APP_DO", "arguments": "{}"}


def test_middleware_may_change_the_arguments_and_the_backend_stays_one(answer: Any) -> None:
    async def doubles(call_next: Any, event: ToolCallEvent, context: Any) -> Any:
        event.serialized_arguments = {"n": event.serialized_arguments["n"] * 2}
        return await call_next(event, context)

    tool, recorder = make()
    answer(tool.with_middleware(doubles), {"n": 4})
    answer(tool, {"n": 4})
    assert recorder.asked == [{"n": 8}, {"n": 4}]


def test_a_toolkit_takes_the_tools() -> None:
    tool, recorder = make()
    config = TestConfig(ToolCallEvent(tool.name, arguments='{"n": 1}'), "All done.")
    asyncio.run(Agent("agent", config=config, tools=[Toolkit(tool, name="composio")]).ask("Please do it."))
    assert recorder.asked == [{"n": 1}]
