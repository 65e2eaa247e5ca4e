"""The ADK tool alone: what it declares, what it hands on, what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from composio.testing import Recorder, tool_spec
from composio_google_adk._adapter import Adapter, ComposioTool

SCHEMA = {
    "type": "object",
    "properties": {
        "args": {"type": "string", "description": "é", "const": "x"},
        "tool_context": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "self": {"$ref": "#/$defs/Node"},
    },
    "required": ["args"],
    "$defs": {"Node": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Node"}}},
}


def make(result: Mapping[str, Any]) -> tuple[ComposioTool, Recorder]:
    recorder = Recorder(result, only="async")
    return Adapter().wrap(tool_spec(SCHEMA), recorder), recorder


def test_the_schema_is_declared_as_it_is() -> None:
    tool, _ = make({})
    declared = tool._get_declaration()
    assert (declared.name, declared.description) == (tool.name, tool.description) == ("APP_DO", "Does it.")
    assert declared.parameters_json_schema == SCHEMA
    assert declared.parameters is None


@pytest.mark.parametrize(
    "result",
    [
        {"successful": True, "data": {"login": "é"}, "error": None},
        {"successful": False, "data": None, "error": "404 Not Found: no such repository"},
        {"names": ["a"]},
    ],
)
def test_the_answer_is_the_result(result: dict[str, Any]) -> None:
    tool, recorder = make(result)
    arguments: dict[str, Any] = {"args": "x", "tool_context": None, "self": {}}
    context: Any = SimpleNamespace(function_call_id="c1")
    assert asyncio.run(tool.run_async(args=arguments, tool_context=context)) == result
    assert (recorder.asked, recorder.call_ids) == ([arguments], ["c1"])


def test_what_json_does_not_know_is_text() -> None:
    tool, _ = make({"data": date(2026, 1, 2)})
    context: Any = SimpleNamespace(function_call_id=None)
    assert asyncio.run(tool.run_async(args={}, tool_context=context)) == {"data": "2026-01-02"}
