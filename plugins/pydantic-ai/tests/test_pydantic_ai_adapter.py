"""The Pydantic AI tool alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pydantic_ai
import pytest
from pydantic_ai import Tool
from pydantic_ai.exceptions import UnexpectedModelBehavior

from composio import Action, action
from composio.errors import InvalidRequest
from composio.model.action import JsonSchema
from composio.testing import Recorder, nested_schema, tool_spec
from composio_pydantic_ai import ComposioToolSet
from composio_pydantic_ai._adapter import Adapter

HOSTILE = ["self", "ctx", "args", "kwargs", "function", "name", "func", "arguments", "kind-of", "from", "class", "title"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def make(
    schema: dict[str, Any] | None = None, recorder: Recorder | None = None, *, max_retries: int | None = None
) -> tuple[Tool[Any], Recorder]:
    recorder = recorder or Recorder(only="async")
    return Adapter(max_retries).wrap(tool_spec(schema), recorder), recorder


def both_ways(one_call: Any, tool: Tool[Any], arguments: Any) -> list[Any]:
    call = one_call(tool, arguments)
    return [call.run_sync(), asyncio.run(call.run())]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives_sync_and_async(one_call: Any, name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    both_ways(one_call, tool, {name: "value"})
    assert recorder.asked == [{name: "value"}] * 2


def test_the_definition_has_the_schema_as_it_is() -> None:
    schema = nested_schema()
    definition = make(schema)[0].tool_def
    assert (definition.name, definition.description, definition.strict) == ("APP_DO", "Does it.", False)
    assert definition.parameters_json_schema == schema


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    make(schema)[0].tool_def.parameters_json_schema["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {}}])
@pytest.mark.parametrize("arguments", [{}, "{}", "", None])
def test_a_tool_without_parameters_works(one_call: Any, schema: dict[str, Any], arguments: Any) -> None:
    tool, recorder = make(schema)
    both_ways(one_call, tool, arguments)
    assert recorder.asked == [{}, {}]


def test_the_content_is_the_results_json(one_call: Any) -> None:
    for shown in both_ways(one_call, make()[0], {}):
        assert json.loads(shown.content) == {"successful": True, "data": {"login": "é"}, "error": None}
        assert "é" in shown.content, "unicode costs fewer tokens as itself"


def test_a_failure_is_a_failed_result_with_the_same_json(one_call: Any) -> None:
    tool, _ = make(recorder=Recorder(FAILED, only="async"))
    for shown in both_ways(one_call, tool, {}):
        assert json.loads(shown.content) == FAILED
        if hasattr(pydantic_ai, "ToolFailed"):
            assert shown.outcome == "failed"


def test_failures_never_use_up_the_retries(one_call: Any) -> None:
    tool, recorder = make(recorder=Recorder(FAILED, only="async"))
    asyncio.run(one_call(tool, {}, times=5).run())
    assert len(recorder.asked) == 5


def test_a_result_that_a_processor_reshaped_is_no_failure(one_call: Any) -> None:
    tool, _ = make(recorder=Recorder({"names": ["a"]}, only="async"))
    assert [shown.content for shown in both_ways(one_call, tool, {})] == ['{"names": ["a"]}'] * 2


@pytest.mark.parametrize("text", ['{"n": 7', "seven", "[7]", '"text"', "7"])
def test_what_is_no_object_goes_back_to_the_model_as_often_as_max_retries_says(one_call: Any, text: str) -> None:
    tool, recorder = make(max_retries=2)
    asyncio.run(one_call(tool, text, times=2).run())
    with pytest.raises(UnexpectedModelBehavior, match="retries"):
        asyncio.run(one_call(tool, text, times=3).run())
    assert recorder.asked == []


@pytest.mark.parametrize("retries", [None, 4])
def test_the_toolset_takes_max_retries(home: Any, retries: int | None) -> None:
    with ComposioToolSet(home=home, max_retries=retries) as toolset:
        (tool,) = toolset.get_tools(actions=["GITHUB_GET_THE_AUTHENTICATED_USER"], check_connected_accounts=False)
    assert tool.max_retries == retries


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [None, None]),
        ({"max_retries": {Action.DOER_FIRST: 5}}, [5, None]),
        ({"max_retries": {"doer_first": 0}, "default_max_retries": 3}, [0, 3]),
        ({"default_max_retries": 2}, [2, 2]),
        ({"max_retries": 4}, [4, 4]),
    ],
)
def test_get_tools_takes_max_retries_for_each_action_as_v0_7_did(
    tmp_path: Path, given: dict[str, Any], expected: list[int | None], asynchronous: bool
) -> None:
    @action(toolname="doer")
    def first(a: int) -> int:
        """First."""
        return a

    @action(toolname="doer")
    def second(a: int) -> int:
        """Second."""
        return a

    with ComposioToolSet(home=tmp_path) as toolset:
        wanted = [first, second]
        tools = asyncio.run(toolset.aget_tools(wanted, **given)) if asynchronous else toolset.get_tools(wanted, **given)
        assert [tool.max_retries for tool in tools] == expected
        (alone,) = toolset.get_tools(first, max_retries={first: 7})
        assert alone.max_retries == 7


@pytest.mark.parametrize("wrong", [-1, True, "3", {"A": -1}])
def test_max_retries_is_a_number_or_one_for_each_action(tmp_path: Path, wrong: Any) -> None:
    with ComposioToolSet(home=tmp_path) as toolset, pytest.raises(InvalidRequest, match="none below 0"):
        toolset.get_tools([], max_retries=wrong)
