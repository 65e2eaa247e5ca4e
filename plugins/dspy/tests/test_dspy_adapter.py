"""The DSPy tool alone: what it shows to a model, what it takes, what it answers."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
from typing import Any

import dspy
import pytest
from dspy.utils.callback import BaseCallback

from composio.model.action import JsonSchema
from composio.testing import Recorder, tool_spec
from composio_dspy._adapter import Adapter, ComposioTool

SCHEMA = {
    "type": "object",
    "properties": {
        "page": {"type": "integer", "default": 1},
        "labels": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Label"}}, {"type": "null"}]},
        "since": {"description": "é", "enum": ["a", None, True]},
    },
    "required": ["since"],
    "additionalProperties": {"type": "number"},
    "$defs": {"Label": {"type": "string", "pattern": "^[a-z]+$"}},
}
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}
# DSPy's own parameters, and those of its decorators.
NAMES = ["func", "kwargs", "args", "name", "desc", "instance", "fn", "callbacks", "call_id", "arguments", "config", "tool"]


class Seen(BaseCallback):  # type: ignore[misc]  # DSPy has no type information
    """What DSPy tells whoever watches its tools."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def on_tool_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        self.told.append((instance.name, inputs))

    def on_tool_end(self, call_id: str, outputs: Any, exception: Exception | None = None) -> None:
        self.told.append((json.loads(outputs)["successful"], exception))


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder()
    return Adapter().wrap(tool_spec(SCHEMA if schema is None else schema, description="Does it.\nWell."), recorder), recorder


def both_ways(tool: ComposioTool, /, **arguments: Any) -> list[str]:
    return [tool(**arguments), asyncio.run(tool.acall(**arguments))]


def test_the_definition_has_the_schema_as_it_is() -> None:
    assert make()[0].format_as_litellm_function_call() == {
        "type": "function",
        "function": {"name": "APP_DO", "description": "Does it.\nWell.", "parameters": SCHEMA},
    }


def test_prompts_have_the_schema_as_json_on_one_line() -> None:
    tool, _ = make()
    head = "APP_DO, whose description is <desc>Does it. Well.</desc>. It takes arguments of this JSON Schema: "
    for text in (str(tool), tool.format(), tool.model_dump()):
        assert text.startswith(head)
        assert json.loads(text.removeprefix(head).removesuffix(".")) == SCHEMA
        assert "é" in text, "unicode costs fewer tokens as itself"


def test_a_predictor_tells_its_model_of_the_tools_it_is_given() -> None:
    tool, _ = make()
    signature = dspy.Signature({"tools": (list[dspy.Tool], dspy.InputField()), "answer": (str, dspy.OutputField())})
    messages = dspy.ChatAdapter().format(signature, [], {"tools": [tool]})
    assert json.dumps(str(tool), ensure_ascii=False).strip('"') in str(messages[-1]["content"])


@pytest.mark.parametrize("name", NAMES)
def test_every_property_name_arrives_sync_and_async(name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    both_ways(tool, **{name: "value"})
    with dspy.context(callbacks=[Seen()]):
        both_ways(tool, **{name: "value"})
    assert recorder.asked == [{name: "value"}] * 4


def test_names_that_a_method_cannot_take_are_renamed_by_the_dialect() -> None:
    assert Adapter.dialect.identifiers


def test_arguments_are_judged_by_the_call_and_not_by_dspy() -> None:
    tool, recorder = make()
    both_ways(tool, page="x", labels=[7], unknown=True)
    assert recorder.asked == [{"page": "x", "labels": [7], "unknown": True}] * 2


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {}}, {}])
def test_a_tool_without_parameters_works(schema: dict[str, Any]) -> None:
    tool, recorder = make(schema)
    both_ways(tool)
    assert recorder.asked == [{}, {}]
    assert tool.args == {}


@pytest.mark.parametrize("result", [None, FAILED, {"names": ["a"]}])
def test_the_answer_is_the_results_json_for_failures_too(result: Any) -> None:
    tool, recorder = make(recorder=Recorder(result))
    for text in both_ways(tool):
        assert json.loads(text) == recorder.result
        assert "\\u" not in text


def test_code_sees_parameters_required_ones_first() -> None:
    parameters = list(inspect.signature(make()[0].func).parameters.values())
    assert [(p.name, p.default) for p in parameters] == [("since", inspect.Parameter.empty), ("page", None), ("labels", None)]


def test_native_calls_carry_themselves_out() -> None:
    tool, recorder = make()
    call = dspy.ToolCalls.from_dict_list([{"name": "APP_DO", "args": {"page": 2}}]).tool_calls[0]
    if hasattr(call, "execute"):  # since 3.0.4
        assert json.loads(call.execute([tool]))["successful"]
    else:
        tool(**call.args)
    assert recorder.asked == [{"page": 2}]


def test_whoever_watches_sees_every_call() -> None:
    seen = Seen()
    with dspy.context(callbacks=[seen]):
        both_ways(make()[0], page=2)
    assert seen.told == [("APP_DO", {"kwargs": {"page": 2}}), (True, None)] * 2


def test_a_copied_program_has_tools_that_work() -> None:
    tool, recorder = make()
    program = dspy.ReAct("question -> answer", tools=[tool]).deepcopy()
    (copied, alone) = program.tools["APP_DO"], copy.deepcopy(tool)
    both_ways(copied, page=2)
    both_ways(alone, page=2)
    assert recorder.asked == [{"page": 2}] * 4
    assert (str(copied), str(alone)) == (str(tool), str(tool))


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    tool = Adapter().wrap(tool_spec(schema), Recorder())
    tool.args["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"
