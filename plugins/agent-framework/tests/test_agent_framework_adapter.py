"""The function tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from agent_framework.exceptions import ToolException

from composio.model.action import JsonSchema
from composio.testing import Calls, Recorder, Say, ScriptedModel, tool_spec
from composio_agent_framework._adapter import Adapter, ComposioTool

HOSTILE = ["self", "ctx", "context", "func", "args", "kwargs", "arguments", "name", "session", "get", "raw", "kind-of", "from"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}
SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "size": {"type": "string", "enum": ["small", "large"]},
        "labels": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Label"}}, {"type": "null"}]},
    },
    "required": ["n"],
    "additionalProperties": False,
    "$defs": {"Label": {"type": "string", "pattern": "^[a-z]+$"}},
}


def make(schema: dict[str, Any], recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder(only="async")
    return Adapter().wrap(tool_spec(schema), recorder), recorder


def text_of(tool: ComposioTool, **arguments: Any) -> str:
    """What a call of ``tool`` by these keywords gives."""
    (content,) = asyncio.run(tool.invoke(**arguments))
    return str(content.text)


def run(make_loop: Any, tool: ComposioTool, *arguments: Any, api: str = "chat") -> list[str]:
    """What the model is shown, whose every turn calls ``tool`` with the next of ``arguments``."""
    turns = [Calls([{"name": "APP_DO", "arguments": one}]) for one in arguments]
    with ScriptedModel([*turns, Say("Done.")]) as model:
        assert make_loop(model, [tool], api).run("Go.") == "Done."
        return model.results_seen()


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_the_schema_is_shown_as_it_is_run_after_run(make_loop: Any, api: str) -> None:
    tool, _ = make(SCHEMA)
    for _ in range(2):
        with ScriptedModel([Say("Done.")]) as model:
            make_loop(model, [tool], api).run("Go.")
            assert model.tools_seen() == [{"name": "APP_DO", "description": "Does it.", "parameters": SCHEMA}]


def test_what_a_client_writes_into_a_schema_stays_with_that_client(make_loop: Any) -> None:
    tool, recorder = make({"type": "object", "properties": {}, "additionalProperties": {"type": "number"}})
    run(make_loop, tool, {"rate": 2}, api="responses")
    assert recorder.asked == [{"rate": 2}]
    assert tool.parameters()["additionalProperties"] == {"type": "number"}


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives(make_loop: Any, name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    run(make_loop, tool, {name: "value"})
    assert recorder.asked == [{name: "value"}]


@pytest.mark.parametrize(
    "arguments", [{"n": "5"}, {"n": None}, {}, {"n": 1, "size": "Small"}, {"n": 1, "size": None}, {"n": 1, "extra": 2}]
)
def test_what_may_be_wrong_is_left_to_composio(make_loop: Any, arguments: dict[str, Any]) -> None:
    tool, recorder = make(SCHEMA)
    run(make_loop, tool, arguments)
    assert recorder.asked == [arguments]


@pytest.mark.parametrize("text", ['{"n": 7', "seven", '"text"'])
def test_text_that_is_no_object_arrives_as_it_was_written(make_loop: Any, text: str) -> None:
    tool, recorder = make(SCHEMA)
    run(make_loop, tool, text)
    assert recorder.asked == [json.loads(text) if text.startswith('"') else text]


@pytest.mark.parametrize("arguments", [{}, "{}", ""])
def test_a_tool_without_parameters_works(make_loop: Any, arguments: Any) -> None:
    tool, recorder = make({"type": "object"})
    run(make_loop, tool, arguments)
    assert recorder.asked == [{}]


def test_the_text_is_the_results_json(make_loop: Any) -> None:
    tool, _ = make(SCHEMA)
    (shown,) = run(make_loop, tool, {"n": 1})
    assert json.loads(shown) == {"successful": True, "data": {"login": "é"}, "error": None}
    assert "é" in shown, "unicode costs fewer tokens as itself"


def test_failures_are_shown_and_never_end_a_run(make_loop: Any) -> None:
    tool, recorder = make(SCHEMA, Recorder(FAILED, only="async"))
    shown = run(make_loop, tool, *[{"n": n} for n in range(5)])
    assert [json.loads(text) for text in shown] == [FAILED] * 5
    assert len(recorder.asked) == 5, "after three exceptions in a row, Agent Framework would take the tools away"


def test_a_tool_is_called_by_keywords_too() -> None:
    tool, recorder = make(SCHEMA)
    assert json.loads(text_of(tool, n=1))["successful"]
    assert recorder.asked == [{"n": 1}]


def test_the_frameworks_own_limit_of_calls_holds() -> None:
    tool, recorder = make(SCHEMA)
    tool.max_invocations = 1
    text_of(tool, n=1)
    with pytest.raises(ToolException, match="limit"):
        text_of(tool, n=2)
    assert len(recorder.asked) == 1


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    tool, _ = make(schema)
    tool.parameters()["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"
