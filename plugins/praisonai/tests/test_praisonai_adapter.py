"""The PraisonAI tool alone: what it shows to a model, what it takes, what it answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from praisonaiagents import Agent
from praisonaiagents.llm.openai_client import OpenAIClient

from composio.framework import ToolSpec
from composio.model.action import ActionModel, HttpBinding, JsonSchema
from composio.testing import Recorder, tool_spec
from composio_praisonai._adapter import Adapter, Answer, ComposioTool

SCHEMA = {
    "type": "object",
    "properties": {
        "labels": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Label"}}, {"type": "null"}]},
        "from": {"const": "a"},
    },
    "required": ["from"],
    "additionalProperties": {"type": "number"},
    "$defs": {"Label": {"type": "string", "pattern": "^[a-z]+$"}},
}
FAILED = {"successful": False, "data": None, "error": "404 Not Found: é"}
NAMES = ["self", "args", "name", "description", "parameters", "function_name", "arguments", "tool_call_id", "kind-of", "class"]


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder(only="sync")
    return Adapter().wrap(tool_spec(SCHEMA if schema is None else schema), recorder), recorder


def agent_of(*tools: ComposioTool) -> Any:
    return Agent(name="helper", instructions="You help.", tools=list(tools))


def test_the_definition_has_the_schema_as_it_is() -> None:
    tool, _ = make()
    definition = {"type": "function", "function": {"name": "APP_DO", "description": "Does it.", "parameters": SCHEMA}}
    assert tool.to_openai_tool() == tool.get_schema() == definition
    assert agent_of(tool)._format_tools_for_completion() == [definition]
    assert tool.validate()


def test_clients_that_format_tools_themselves_take_the_same_definition() -> None:
    tool, _ = make()
    client = OpenAIClient(api_key="none", base_url="http://127.0.0.1:9/v1")
    assert client.format_tools([tool.to_openai_tool()]) == [tool.get_schema()]


@pytest.mark.parametrize("name", NAMES)
def test_every_property_name_arrives(name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    tool.run(**{name: "value"})
    agent_of(tool).execute_tool("APP_DO", {name: "value"})
    assert recorder.asked == [{name: "value"}] * 2


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"type": "object", "properties": {}}])
def test_a_tool_without_parameters_works(schema: dict[str, Any]) -> None:
    tool, recorder = make(schema)
    tool()
    assert recorder.asked == [{}]
    assert tool.get_schema()["function"]["parameters"] == {"type": "object", "properties": {}}


def test_the_key_of_a_durable_run_is_no_argument_unless_the_action_has_one() -> None:
    tool, recorder = make()
    tool.run(idempotency_key="k", **{"from": "a"})
    other, asked = make({"type": "object", "properties": {"idempotency_key": {"type": "string"}}})
    other.run(idempotency_key="k")
    assert (recorder.asked, asked.asked) == ([{"from": "a"}], [{"idempotency_key": "k"}])


@pytest.mark.parametrize("result", [None, FAILED, {"names": ["a"]}])
def test_the_answer_is_written_as_json_whichever_way(result: Any) -> None:
    tool, recorder = make(recorder=Recorder(result, only="sync"))
    answer = agent_of(tool).execute_tool("APP_DO", {})
    assert isinstance(answer, Answer)
    assert json.loads(json.dumps(answer)) == json.loads(str(answer)) == recorder.result == answer


def test_a_failure_is_no_broken_tool() -> None:
    """Which PraisonAI would try again, and after five of them end the run."""
    tool, recorder = make(recorder=Recorder(FAILED, only="sync"))
    answer = tool.run()
    assert (answer["error"], answer.get("error"), "error" in answer) == (FAILED["error"], None, False)
    assert (answer.get("successful"), "data" in answer, answer.get("other", 7)) == (False, True, 7)
    agent = agent_of(tool)
    assert [agent.execute_tool("APP_DO", {"n": n})["error"] for n in range(6)] == [FAILED["error"]] * 6
    assert len(recorder.asked) == 7, "none was tried again"


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    action = ActionModel(slug="APP_DO", app="app", binding=HttpBinding("GET", "/"))
    tool = Adapter().wrap(ToolSpec("APP_DO", "Does it.", schema, action), Recorder(only="sync"))
    tool.parameters["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"
