"""The kernel function alone: what it shows to a model, what it hands on, what it answers."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from typing import Any

import pytest
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_calling_utils import kernel_function_metadata_to_function_call_format
from semantic_kernel.contents import ChatHistory, FunctionCallContent, FunctionResultContent
from semantic_kernel.functions import KernelArguments, KernelPlugin
from semantic_kernel.prompt_template import KernelPromptTemplate, PromptTemplateConfig

from composio.model.action import JsonSchema
from composio.testing import Recorder, tool_spec
from composio_semantic_kernel._adapter import Adapter, ComposioFunction

# What Semantic Kernel fills in itself where a function's parameters have these names, and what its calls take.
NAMES = ["kernel", "service", "execution_settings", "arguments", "settings", "function", "context", "metadata", "value"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found: no such repository"}
ONE = {"type": "object", "properties": {"n": {"type": "integer"}}}


def make(schema: dict[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[ComposioFunction, Recorder]:
    recorder = recorder or Recorder(only="async")
    return Adapter().wrap(tool_spec(schema or ONE), recorder), recorder


def shown(function: ComposioFunction) -> dict[str, Any]:
    found: dict[str, Any] = kernel_function_metadata_to_function_call_format(function.metadata)["function"]
    return found


def ask(function: ComposioFunction, written: Any, **options: Any) -> str:
    """A model's call, as agents and services run it."""
    kernel, history = Kernel(), ChatHistory()
    kernel.add_plugin(KernelPlugin(name="composio", functions=[function]))
    call = FunctionCallContent(id="call_1", name="composio-APP_DO", arguments=written)
    asyncio.run(kernel.invoke_function_call(call, history, **options))
    (answer,) = history.messages[-1].items
    assert isinstance(answer, FunctionResultContent)
    return str(answer.result)


# Semantic Kernel looks at every member of what it is given, Pydantic's deprecated ones included.
@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")
def test_functions_given_as_plugins_are_in_the_kernel() -> None:
    kernel, (function, _) = Kernel(), make()
    kernel.add_plugins([function])
    assert [one.fully_qualified_name for one in kernel.get_full_list_of_function_metadata()] == ["composio-APP_DO"]


@pytest.mark.parametrize("name", NAMES)
def test_every_property_name_arrives(name: str) -> None:
    function, recorder = make({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]})
    (parameter,) = shown(function)["parameters"]["properties"]
    ask(function, json.dumps({parameter: "value"}))
    assert recorder.asked == [{name: "value"}]


def test_a_name_that_is_taken_gets_one_that_nobody_has() -> None:
    properties = {"settings_": {"type": "string"}, "settings": {"type": "string"}}
    function, recorder = make({"type": "object", "properties": properties, "required": ["settings"]})
    assert shown(function)["parameters"] == {
        "type": "object",
        "properties": {"settings_": {"type": "string"}, "settings__": {"type": "string"}},
        "required": ["settings__"],
    }
    ask(function, {"settings_": "a", "settings__": "b"})
    assert recorder.asked == [{"settings_": "a", "settings": "b"}]


def test_each_property_has_its_schema_as_it_is() -> None:
    schema = {
        "type": "object",
        "properties": {
            "labels": {"anyOf": [{"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}}, {"type": "null"}]},
            "order": {"type": ["string", "null"], "enum": ["asc", "desc", None], "default": "asc", "description": "Which."},
            "more": {"type": "object", "additionalProperties": {"type": "number", "minimum": 1}},
            "any": {},
        },
        "required": ["labels"],
    }
    assert shown(make(schema)[0]) == {"name": "composio-APP_DO", "description": "Does it.", "parameters": schema}


def test_any_value_where_the_schema_says_true() -> None:
    function, recorder = make({"type": "object", "properties": {"any": True}})
    assert shown(function)["parameters"]["properties"] == {"any": {}}
    ask(function, {"any": [1]})
    assert recorder.asked == [{"any": [1]}]


def test_the_schema_of_a_tool_is_its_own() -> None:
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
    function, _ = make(schema.model_dump())
    shown(function)["parameters"]["properties"]["n"]["type"] = "string"
    assert schema["properties"]["n"]["type"] == "integer"


@pytest.mark.parametrize("arguments", [{}, "{}", "", None])
def test_a_tool_without_parameters_works(arguments: Any) -> None:
    function, recorder = make({"type": "object"})
    ask(function, arguments)
    assert recorder.asked == [{}]


@pytest.mark.parametrize("result", [None, FAILED, {"names": ["é"]}])
def test_the_value_is_the_results_json(result: Any) -> None:
    function, recorder = make(recorder=Recorder(result, only="async"))
    text = ask(function, {})
    assert json.loads(text) == recorder.result
    assert "\\u" not in text, "unicode costs fewer tokens as itself"


@pytest.mark.parametrize(
    ("arguments", "said"), [('{"n": ', "malformed"), ("[7]", "malformed"), ('{"m": 7}', "unexpected argument(s): ['m']")]
)
def test_what_is_wrong_with_a_calls_form_is_said(arguments: str, said: str) -> None:
    function, recorder = make()
    assert said in ask(function, arguments)
    assert recorder.asked == []


def test_only_what_the_tool_has_is_taken_of_the_arguments_around_a_call() -> None:
    function, recorder = make()
    ask(function, '{"n": 1}', arguments=KernelArguments(n=2, topic="of the prompt"))
    assert recorder.asked == [{"n": 1}]


def test_a_copy_in_another_plugin_is_shown_with_that_name_and_works() -> None:
    function, recorder = make()
    copy = deepcopy(KernelPlugin(name="mine", functions=[function]))["APP_DO"]
    assert (copy.fully_qualified_name, function.fully_qualified_name) == ("mine-APP_DO", "composio-APP_DO")
    asyncio.run(Kernel().invoke(copy, KernelArguments(n=1)))
    assert recorder.asked == [{"n": 1}]


def test_it_works_in_prompt_templates_and_streams_its_value() -> None:
    function, recorder = make()
    kernel = Kernel()
    kernel.add_function("composio", function)
    config = PromptTemplateConfig(template="I am {{composio.APP_DO n='1'}}", allow_dangerously_set_content=True)
    assert "é" in asyncio.run(KernelPromptTemplate(prompt_template_config=config).render(kernel, KernelArguments()))

    async def streamed() -> list[Any]:
        return [piece async for piece in kernel.invoke_stream(function, KernelArguments(n=2))]

    assert json.loads(str(asyncio.run(streamed())[0])) == recorder.result
    assert recorder.asked == [{"n": "1"}, {"n": 2}]
