"""The AutoGen tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from autogen_core import CancellationToken
from autogen_core.tools import StaticWorkbench

from composio.model.call import ToolResult
from composio.testing import Recorder, nested_schema, tool_spec
from composio_autogen._adapter import ActionFailed, Adapter, ComposioTool

HOSTILE = ["self", "args", "kwargs", "cancellation_token", "call_id", "name", "root", "model_config", "from", "class", "title"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


class Slow(Recorder):
    """Takes a minute, and counts those who did not wait."""

    cancelled = 0

    async def acall(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        result = await super().acall(arguments, call_id=call_id, run=run)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return result


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder(only="async")
    return Adapter().wrap(tool_spec(schema), recorder), recorder


def run(tool: ComposioTool, arguments: Any) -> Any:
    return asyncio.run(tool.run_json(arguments, CancellationToken()))


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives(name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    run(tool, {name: "value"})
    assert recorder.asked == [{name: "value"}]


def test_the_schema_is_shown_as_it_is_and_is_the_tools_own() -> None:
    schema = nested_schema()
    tool, _ = make(schema)
    expected = {"name": "APP_DO", "description": "Does it.", "parameters": schema, "strict": False}
    assert tool.schema == expected
    tool.schema["parameters"]["properties"].clear()
    assert tool.schema == expected


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {}}])
def test_a_tool_without_parameters_works(schema: dict[str, Any]) -> None:
    tool, recorder = make(schema)
    assert tool.schema["parameters"] == {"type": "object", "properties": {}}
    run(tool, {})
    assert recorder.asked == [{}]


def test_the_content_is_the_results_json() -> None:
    tool, _ = make()
    text = tool.return_value_as_string(run(tool, {}))
    assert json.loads(text) == {"successful": True, "data": {"login": "é"}, "error": None}
    assert "é" in text, "unicode costs fewer tokens as itself"


def test_a_failure_is_an_error_with_the_same_json() -> None:
    tool, _ = make(recorder=Recorder(FAILED, only="async"))
    with pytest.raises(ActionFailed, match="404 Not Found"):
        run(tool, {})
    result = asyncio.run(StaticWorkbench([tool]).call_tool("APP_DO", {}))
    assert result.is_error
    assert json.loads(result.to_text()) == FAILED


def test_a_result_that_a_processor_reshaped_is_no_failure() -> None:
    tool, _ = make(recorder=Recorder({"names": ["a"]}, only="async"))
    assert run(tool, {}) == '{"names": ["a"]}'


def test_arguments_that_are_no_object_are_handed_on_for_composio_to_refuse() -> None:
    tool, recorder = make(recorder=Recorder(FAILED, only="async"))
    with pytest.raises(ActionFailed):
        run(tool, [7])
    assert recorder.asked == [[7]]


def test_a_cancellation_token_cancels_the_call() -> None:
    recorder = Slow(only="async")
    tool, _ = make(recorder=recorder)

    async def give_up() -> None:
        token = CancellationToken()
        task = asyncio.create_task(tool.run_json({}, token))
        await asyncio.sleep(0.01)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    assert recorder.cancelled == 1


@pytest.mark.filterwarnings("ignore:Internal module name:UserWarning")  # of no interest: nothing gets dumped
def test_a_tool_is_not_dumped() -> None:
    tool, _ = make()
    with pytest.raises(NotImplementedError):
        tool.dump_component()
