"""The toolkit alone: what it shows to a model, what it hands on, how it fails."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from agno.exceptions import RetryAgentRun
from agno.tools import Function, FunctionCall, Toolkit

from composio.model.action import JsonSchema
from composio.testing import Recorder, nested_schema, tool_spec
from composio_agno._adapter import Adapter

# What agno gives to functions whose parameters have these names, and what a function or a call has itself.
NAMES = ["self", "agent", "team", "run_context", "session_state", "dependencies", "images", "files", "fc", "arguments", "name"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[Toolkit, Recorder]:
    recorder = recorder or Recorder()
    return Adapter().wrap(tool_spec(schema), recorder), recorder


def both_ways(toolkit: Toolkit, arguments: dict[str, Any]) -> list[FunctionCall]:
    """A call of each form, run as an agent does it."""
    call = FunctionCall(function=toolkit.get_functions()["APP_DO"], arguments=arguments)
    acall = FunctionCall(function=toolkit.get_async_functions()["APP_DO"], arguments=arguments)
    with suppress(RetryAgentRun):
        call.execute()
    with suppress(RetryAgentRun):
        asyncio.run(acall.aexecute())
    return [call, acall]


@pytest.mark.parametrize("name", NAMES)
def test_every_property_name_arrives_sync_and_async(name: str) -> None:
    toolkit, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    both_ways(toolkit, {name: "value"})
    assert (recorder.modes, recorder.asked) == (["sync", "async"], [{name: "value"}] * 2)


def test_both_forms_have_the_schema_as_it_is() -> None:
    schema = nested_schema()
    toolkit, _ = make(schema)
    assert toolkit.name == "APP_DO"
    for functions in (toolkit.get_functions(), toolkit.get_async_functions()):
        (function,) = functions.values()
        function.process_entrypoint(strict=False)
        shown = function.to_dict()
        assert (shown["name"], shown["description"], shown["strict"]) == ("APP_DO", "Does it.", False)
        assert shown["parameters"] == schema


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    toolkit, _ = make(schema.model_dump())
    toolkit.functions["APP_DO"].parameters["properties"]["n"]["type"] = "string"
    assert toolkit.async_functions["APP_DO"].parameters["properties"]["n"]["type"] == "integer"
    assert schema["properties"]["n"]["type"] == "integer"


def test_a_tool_without_parameters_works() -> None:
    toolkit, recorder = make({"type": "object"})
    assert toolkit.functions["APP_DO"].parameters == {"type": "object", "properties": {}}
    both_ways(toolkit, {})
    assert (recorder.modes, recorder.asked) == (["sync", "async"], [{}] * 2)


def test_the_content_is_the_results_json() -> None:
    for call in both_ways(make()[0], {}):
        assert call.error is None
        assert json.loads(str(call.result)) == {"successful": True, "data": {"login": "é"}, "error": None}
        assert "é" in str(call.result), "unicode costs fewer tokens as itself"


def test_a_failure_is_the_calls_error_and_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("agno").addHandler(caplog.handler)
    try:
        calls = both_ways(make(recorder=Recorder(FAILED))[0], {})
    finally:
        logging.getLogger("agno").removeHandler(caplog.handler)
    assert [json.loads(call.error or "") for call in calls] == [FAILED] * 2
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_result_that_a_processor_reshaped_is_no_failure() -> None:
    toolkit, _ = make(recorder=Recorder({"names": ["a"]}))
    assert [(call.result, call.error) for call in both_ways(toolkit, {})] == [('{"names": ["a"]}', None)] * 2


def test_a_copied_agents_tools_work() -> None:
    toolkit, recorder = make()
    both_ways(deepcopy(toolkit), {"n": 1})
    assert (recorder.modes, recorder.asked) == (["sync", "async"], [{"n": 1}] * 2)


def test_every_function_is_agnos_own() -> None:
    toolkit, _ = make()
    assert [type(function) for function in (*toolkit.functions.values(), *toolkit.async_functions.values())] == [Function] * 2
