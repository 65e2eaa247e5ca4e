"""The SDK's tool and the server around it, without Claude Code: definitions, marks, what reaches a call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from claude_agent_sdk import create_sdk_mcp_server, tool

from composio.errors import InvalidRequest
from composio.model.action import FunctionBinding, HttpBinding, JsonSchema
from composio.testing import Recorder, tool_spec
from composio_claude_agent_sdk import create_server
from composio_claude_agent_sdk._adapter import Adapter, ComposioTool

FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}
SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "default": 5},
        "labels": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Label"}}, {"type": "null"}]},
    },
    "required": ["n"],
    "additionalProperties": {"type": "number"},
    "$defs": {"Label": {"type": "string", "description": "é", "pattern": "^[a-z]+$"}},
}


def make(
    schema: Mapping[str, Any], recorder: Recorder | None = None, *, method: str | None = "POST"
) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder(only="async")
    binding = HttpBinding(method, "/") if method else FunctionBinding("module:do")
    return Adapter().wrap(tool_spec(schema, binding=binding), recorder), recorder


def answer(call_over_mcp: Any, server: Any, arguments: dict[str, Any], name: str = "APP_DO") -> tuple[str, bool]:
    """The text of an answer, and whether it is marked as an error. MCP's keys are as on the wire in either of its versions."""
    shown = asyncio.run(call_over_mcp(server, name, arguments)).model_dump(by_alias=True)
    (content,) = shown["content"]
    return content["text"], shown["isError"]


def test_the_definition_is_the_actions_own() -> None:
    made, _ = make(SCHEMA)
    assert (made.name, made.description, made.input_schema) == ("APP_DO", "Does it.", SCHEMA)


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    shown: Any = make(schema)[0].input_schema
    shown["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"


@pytest.mark.parametrize(
    ("method", "reads"), [("GET", True), ("HEAD", True), ("POST", False), ("DELETE", False), (None, False)]
)
def test_only_what_reads_is_said_to(method: str | None, reads: bool) -> None:
    annotations = make(SCHEMA, method=method)[0].annotations
    told = annotations.model_dump(by_alias=True, exclude_none=True) if annotations else {}
    assert told == ({"readOnlyHint": True} if reads else {})


@pytest.mark.parametrize("arguments", [{"n": "5"}, {"n": None}, {}, {"n": 1, "extra": "much"}, {"self": 1, "name": 2}])
def test_what_may_be_wrong_is_left_to_composio(call_over_mcp: Any, arguments: dict[str, Any]) -> None:
    made, recorder = make(SCHEMA)
    text, wrong = answer(call_over_mcp, create_server([made]), arguments)
    assert (json.loads(text)["successful"], wrong, recorder.asked) == (True, False, [arguments])
    assert "é" in text, "unicode costs fewer tokens as itself"


def test_a_failure_is_marked_and_holds_the_same_json(call_over_mcp: Any) -> None:
    text, wrong = answer(call_over_mcp, create_server([make(SCHEMA, Recorder(FAILED, only="async"))[0]]), {})
    assert (json.loads(text), wrong) == (FAILED, True)


def test_a_result_that_a_processor_reshaped_is_no_failure(call_over_mcp: Any) -> None:
    server = create_server([make({"type": "object"}, Recorder({"names": ["a"]}, only="async"))[0]])
    assert answer(call_over_mcp, server, {}) == ('{"names": ["a"]}', False)


def test_a_tool_that_is_not_there_is_said_to_be_none(call_over_mcp: Any) -> None:
    text, wrong = answer(call_over_mcp, create_server([make(SCHEMA)[0]]), {}, "APP_UNDO")
    assert wrong
    assert text == "There is no tool 'APP_UNDO'; there are APP_DO."


def test_the_sdks_own_server_takes_the_tools_and_checks_by_itself(call_over_mcp: Any) -> None:
    made, recorder = make(SCHEMA)
    server = create_sdk_mcp_server("composio", tools=[made])
    assert json.loads(answer(call_over_mcp, server, {"n": 1})[0])["successful"]
    text, wrong = answer(call_over_mcp, server, {"n": "5"})
    assert (wrong, recorder.asked) == (True, [{"n": 1}])
    assert "is not of type" in text


def test_other_tools_are_refused_with_where_they_belong() -> None:
    @tool("mine", "A tool of somebody's own.", {"n": int})
    async def mine(arguments: dict[str, Any]) -> dict[str, Any]:
        return {"content": []}

    with pytest.raises(InvalidRequest, match="create_sdk_mcp_server"):
        create_server([make(SCHEMA)[0], mine])  # type: ignore[list-item]  # it is what is refused
