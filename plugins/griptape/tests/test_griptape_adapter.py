"""The Griptape tool alone: what it shows to a model, what it hands on, what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from griptape.artifacts import ErrorArtifact, TextArtifact
from griptape.common import DeltaMessage, Message, PromptStack
from griptape.drivers.prompt import BasePromptDriver
from griptape.structures import Agent
from griptape.tokenizers import SimpleTokenizer

from composio.errors import InvalidRequest
from composio.testing import Calls, Recorder, Say, ScriptedModel, nested_schema, tool_spec
from composio_griptape._adapter import Adapter
from composio_griptape._tool import Activity, ComposioTool

FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}
HOSTILE = ["self", "params", "values", "value", "activity", "input", "name", "kind-of", "from", "class", "title"]


def make(
    schema: dict[str, Any] | None = None,
    recorder: Recorder | None = None,
    *,
    name: str = "APP_DO",
    description: str = "Does it.",
) -> tuple[ComposioTool, Recorder]:
    recorder = recorder or Recorder(only="sync")
    return Adapter().wrap(tool_spec(schema, name=name, description=description), recorder), recorder


def only(tool: ComposioTool) -> Activity:
    (activity,) = tool.activities()
    return activity


def ask(make_runner: Any, tools: list[ComposioTool], name: str, arguments: Any) -> list[str]:
    """What a model is shown that calls one tool of an agent's and then is done."""
    with ScriptedModel([Calls([{"name": name, "arguments": arguments}]), Say("All done.")]) as model:
        assert make_runner(model, tools).run("Please do it.") == "All done."
        assert model.problems == []
        return model.results_seen()


@pytest.mark.parametrize("name", HOSTILE)
def test_every_property_name_arrives(make_runner: Any, name: str) -> None:
    tool, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    ask(make_runner, [tool], "APP_DO", {name: "value"})
    only(tool)({"values": {name: "value"}})
    assert recorder.asked == [{name: "value"}] * 2


@pytest.mark.parametrize("name", ["APP_DO", "APP__DO_IT", "lookup", "_hidden", "open_", "my-tool", "my-tool_two"])
def test_every_name_is_called_by_the_name_that_the_model_sees(make_runner: Any, name: str) -> None:
    tool, recorder = make(name=name)
    native = tool.to_native_tool_name(only(tool))
    assert native in {name, f"composio_{name}"}
    assert native == name or name in {"lookup", "_hidden", "open_", "my-tool"}
    ask(make_runner, [tool], native, {})
    assert recorder.asked == [{}]


def test_the_definition_has_the_schema_as_it_is() -> None:
    schema = nested_schema()
    tool, _ = make(schema)
    assert tool.to_activity_json_schema(only(tool), "id") == schema


def test_the_schema_of_a_tool_is_its_own() -> None:
    tool, _ = make()
    tool.to_activity_json_schema(only(tool), "id")["properties"].clear()
    assert tool.to_activity_json_schema(only(tool), "id")["properties"] == {"n": {"type": "integer", "default": 5}}


@pytest.mark.parametrize("hostile", ["{{ 7 * 7 }}", "{% if %}", "{{ _self.__class__.__mro__ }}"])
def test_a_description_is_never_run_as_a_template(make_runner: Any, hostile: str) -> None:
    tool, _ = make(description=hostile)
    with ScriptedModel([Say("All done.")]) as model:
        make_runner(model, [tool]).run("Please do it.")
        assert [seen["description"] for seen in model.tools_seen()] == [hostile]
    assert hostile in json.dumps(tool.schema())


def test_the_answer_is_the_results_json() -> None:
    answer = only(make()[0])({"values": {}})
    assert isinstance(answer, TextArtifact)
    assert json.loads(answer.to_text()) == {"successful": True, "data": {"login": "é"}, "error": None}
    assert "é" in answer.to_text(), "unicode costs fewer tokens as itself"


def test_a_failure_is_an_error_with_the_same_json(make_runner: Any) -> None:
    tool, _ = make(recorder=Recorder(FAILED, only="sync"))
    answer = only(tool)({"values": {}})
    assert isinstance(answer, ErrorArtifact)
    assert [json.loads(text) for text in (answer.to_text(), *ask(make_runner, [tool], "APP_DO", {}))] == [FAILED] * 2


def test_a_result_that_a_processor_reshaped_is_no_failure() -> None:
    answer = only(make(recorder=Recorder({"names": ["a"]}, only="sync"))[0])({"values": {}})
    assert isinstance(answer, TextArtifact)
    assert answer.to_text() == '{"names": ["a"]}'


def test_the_actions_of_an_app_are_one_tool() -> None:
    made = [make(name=name)[0] for name in ("APP_DO", "OTHER_DO", "APP_UNDO", "lookup")]
    tools = Adapter().gather(list(made))
    assert {tool.name: [activity.name for activity in tool.activities()] for tool in tools} == {
        "APP": ["DO", "UNDO"],
        "OTHER": ["DO"],
        "composio": ["lookup"],
    }


def test_two_activities_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="'lookup' of the tool 'composio'"):
        Adapter().gather([make(name="lookup")[0], make(name="composio_lookup")[0]])


def test_a_call_of_an_activity_that_the_tool_lacks_is_answered(make_runner: Any) -> None:
    tool, recorder = make()
    (shown,) = ask(make_runner, [tool], "APP_DESTROY", {"n": 1})
    assert json.loads(shown) == {
        "successful": False,
        "data": None,
        "error": "The tool 'APP_DESTROY' was not offered; offered are APP_DO.",
    }
    assert recorder.asked == []


def test_what_is_no_activity_is_no_attribute() -> None:
    tool, _ = make()
    assert not hasattr(tool, "to_text")
    assert not hasattr(object.__new__(ComposioTool), "anything"), "nor is it one of a tool that is being made"


def test_allowlists_and_denylists_choose_among_the_activities() -> None:
    (tool,) = Adapter().gather([make(name=name)[0] for name in ("APP_DO", "APP_UNDO")])
    tool.denylist = ["UNDO"]
    assert [activity.name for activity in tool.activities()] == ["DO"]
    tool.enable_activities()
    tool.allowlist = ["UNDO"]
    assert [activity.name for activity in tool.activities()] == ["UNDO"]
    with pytest.raises(ValueError, match="DESTROY is not one of APP's: DO, UNDO"):
        tool.allowlist = ["DESTROY"]


class Writes(BasePromptDriver):  # type: ignore[misc]  # Griptape has no type information
    """A model without native tools, which writes these strings, one after the other, and remembers what it was shown."""

    def __init__(self, *texts: str) -> None:
        tokenizer = SimpleTokenizer(characters_per_token=4, max_input_tokens=10_000, max_output_tokens=1_000)
        super().__init__(model="m", tokenizer=tokenizer, use_native_tools=False, max_attempts=1)
        self.texts, self.shown = list(texts), ""

    def try_run(self, prompt_stack: PromptStack) -> Message:
        self.shown = "\n".join(message.to_text() for message in prompt_stack.messages)
        return Message(self.texts.pop(0), role=Message.ASSISTANT_ROLE)

    def try_stream(self, prompt_stack: PromptStack) -> Iterator[DeltaMessage]:
        raise AssertionError("nothing streams here")


def test_a_model_without_native_tools_is_told_the_parameters_and_calls_by_text() -> None:
    tool, recorder = make()
    actions = json.dumps([{"tag": "one", "name": "APP", "path": "DO", "input": {"n": 7}}])
    model = Writes(f"Thought: look.\nActions: {actions}", "Answer: All done.")
    assert Agent(prompt_driver=model, tools=[tool]).run("Please do it.").output.value == "All done."
    assert recorder.asked == [{"n": 7}]
    assert '\\"n\\": {\\"type\\": \\"integer\\"' in model.shown
    assert '"login": "é"' in model.shown
