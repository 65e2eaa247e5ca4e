"""v0.7's helpers for adapters of one's own."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from composio.tools.schema import ClaudeSchema, OpenAISchema, SchemaType
from composio.utils import help_msg
from composio.utils.decorators import deprecated
from composio.utils.mimetypes import guess
from composio.utils.openapi import OPENAPI_TO_PYTHON, function_signature_from_jsonschema

PARAMETERS = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "string", "default": "x"}},
    "required": ["a"],
}
ACTION = {"name": "APP_DO", "description": "Does it.", "parameters": PARAMETERS, "version": "1"}


def shape(kind: SchemaType, schema: dict[str, Any]) -> Any:
    # Written on a member itself, mypy takes `format` for the one of strings.
    return kind.format(schema=schema)


def test_schema_types_give_each_providers_shape() -> None:
    shown = shape(SchemaType.OPENAI, ACTION)
    assert isinstance(shown, OpenAISchema)
    assert shown.model_dump() == {
        "type": "function",
        "function": {"name": "APP_DO", "description": "Does it.", "parameters": PARAMETERS},
    }
    shown = shape(SchemaType.CLAUDE, ACTION)
    assert isinstance(shown, ClaudeSchema)
    assert shown.model_dump() == {"name": "APP_DO", "description": "Does it.", "input_schema": PARAMETERS}
    assert shape(SchemaType.DEFAULT, ACTION) is ACTION
    assert SchemaType("claude") is SchemaType.CLAUDE


def test_a_schema_without_a_description_gets_an_empty_one() -> None:
    shown = shape(SchemaType.OPENAI, {"name": "A"})
    assert isinstance(shown, OpenAISchema)
    assert shown.function == {"name": "A", "description": "", "parameters": {}}


def test_a_signature_comes_out_of_a_schema() -> None:
    made = inspect.Signature(function_signature_from_jsonschema(schema=PARAMETERS))
    assert [(one.name, one.default) for one in made.parameters.values()] == [("a", inspect.Parameter.empty), ("b", "x")]
    bare = function_signature_from_jsonschema(PARAMETERS, skip_default=True)
    assert [one.default for one in bare] == [inspect.Parameter.empty] * 2
    assert OPENAPI_TO_PYTHON["integer"] is int


def test_a_deprecated_function_runs_and_warns() -> None:
    @deprecated(version="2", replacement="new")
    def old(a: int) -> int:
        return a

    with pytest.warns(UserWarning, match=r"old is deprecated and goes in 2\. Use new\."):
        assert old(3) == 3


@pytest.mark.parametrize(
    ("name", "kind"), [("a.txt", "text/plain"), ("a.json", "application/json"), ("a", "application/octet-stream")]
)
def test_a_name_says_what_kind_of_file_it_is(name: str, kind: str) -> None:
    assert guess(name) == kind


def test_a_help_message_can_be_appended() -> None:
    assert f"wrong{help_msg()}" == "wrong"
