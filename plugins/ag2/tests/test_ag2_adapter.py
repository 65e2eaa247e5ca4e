"""The AG2 tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from ag2 import Agent, MemoryStream, Toolkit
from ag2.events import ModelResponse, ToolCallEvent, ToolErrorEvent, ToolResultEvent
from ag2.testing import TestConfig

from composio.errors import ComposioError
from composio.model.action import JsonSchema
from composio.testing import Recorder, nested_schema, tool_spec
from composio_ag2._adapter import Adapter, ComposioTool

HOSTILE = ["self", "event", "context", "__ctx__", "stack", "args", "kwargs", "call_id", "kind-of", "from", "class", "title"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder(only="async")
    return Adapter().wrap(tool_spec(schema), recorder), recorder


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
    assert (recorder.asked, all(recorder.call_ids)) == ([{name: "value"}], True)


def test_the_definition_has_the_schema_as_it_is() -> None:
    schema = nested_schema()
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
    assert (recorder.asked, all(recorder.call_ids)) == ([{}], True)


def test_the_result_is_json(answer: Any, text_shown: Callable[[Any], str]) -> None:
    shown = text_shown(answer(make()[0], {}))
    assert json.loads(shown) == {"successful": True, "data": {"login": "é"}, "error": None}
    assert "é" in shown, "unicode costs fewer tokens as itself"


def test_a_failure_is_an_error_with_the_same_json(answer: Any, text_shown: Callable[[Any], str]) -> None:
    result = answer(make(recorder=Recorder(FAILED, only="async"))[0], {})
    assert json.loads(text_shown(result)) == FAILED
    assert isinstance(result, ToolErrorEvent)
    assert isinstance(result.error, ComposioError)
    assert str(result.error) == FAILED["error"]


def test_a_result_that_a_processor_reshaped_is_no_failure(answer: Any, text_shown: Callable[[Any], str]) -> None:
    result = answer(make(recorder=Recorder({"names": ["a"]}, only="async"))[0], {})
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
    assert (recorder.asked, all(recorder.call_ids)) == ([text], True)
    assert call["function"] == {"name": "APP_DO", "arguments": "{}"}


def test_middleware_may_change_the_arguments_and_the_backend_stays_one(answer: Any) -> None:
    async def doubles(call_next: Any, event: ToolCallEvent, context: Any) -> Any:
        event.serialized_arguments = {"n": event.serialized_arguments["n"] * 2}
        return await call_next(event, context)

    tool, recorder = make()
    answer(tool.with_middleware(doubles), {"n": 4})
    answer(tool, {"n": 4})
    assert (recorder.asked, all(recorder.call_ids)) == ([{"n": 8}, {"n": 4}], True)


def test_a_toolkit_takes_the_tools() -> None:
    tool, recorder = make()
    config = TestConfig(ToolCallEvent(tool.name, arguments='{"n": 1}'), "All done.")
    asyncio.run(Agent("agent", config=config, tools=[Toolkit(tool, name="composio")]).ask("Please do it."))
    assert (recorder.asked, all(recorder.call_ids)) == ([{"n": 1}], True)
