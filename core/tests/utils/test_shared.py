"""JSON Schemas as pydantic models and signatures, for adapters of one's own."""

from __future__ import annotations

import inspect
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from composio.utils import shared
from composio.utils.pydantic import parse_pydantic_error

ISSUE: dict[str, Any] = {
    "type": "object",
    "title": "Create an issue",
    "properties": {
        "title": {"type": "string", "description": "What it says."},
        "labels": {"type": "array", "items": {"type": "string"}},
        "count": {"type": "integer", "default": 3},
        "state": {"enum": ["open", "closed"], "type": "string"},
        "owner": {"type": "object", "title": "Owner", "properties": {"login": {"type": "string"}}, "required": ["login"]},
    },
    "required": ["title", "owner"],
}


def test_a_schema_becomes_a_model() -> None:
    model = shared.json_schema_to_model(ISSUE)
    assert model.__name__ == "Createanissue"
    made = model.model_validate({"title": "x", "owner": {"login": "ada"}, "labels": ["a"]})
    assert made.model_dump() == {"title": "x", "labels": ["a"], "count": 3, "state": None, "owner": {"login": "ada"}}
    assert model.model_fields["title"].description == "What it says."
    with pytest.raises(ValidationError):
        model.model_validate({"title": "x", "owner": {}})


def test_with_skip_default_every_field_is_required() -> None:
    assert all(field.is_required() for field in shared.json_schema_to_model(ISSUE, skip_default=True).model_fields.values())


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, str),
        ({"type": ["string", "null"]}, str | None),
        ({"type": "string", "nullable": True}, str | None),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, str | int),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, str | None),
        ({"anyOf": [{"type": t} for t in ("string", "integer", "boolean", "number")]}, str | int | bool | float),
        ({"allOf": [{"type": "integer"}], "description": "x"}, int),
        ({"enum": ["a", "b"]}, Literal["a", "b"]),
        ({"const": 3}, Literal[3]),
        ({"type": "array"}, list[Any]),
        ({"type": "array", "items": {"type": "number"}}, list[float]),
        ({"type": "object"}, dict[str, Any]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, dict[str, int]),
        ({"type": "null"}, None),
        ({}, Any),
        (True, Any),
    ],
)
def test_each_kind_of_schema_has_its_type(schema: Any, expected: Any) -> None:
    assert shared.json_schema_to_pydantic_type(schema) == expected
    assert shared.pydantic_model_from_param_schema(schema) == expected


def test_an_unknown_type_says_which_are_known() -> None:
    with pytest.raises(ValueError, match="'text' is no type of JSON Schema; known are string"):
        shared.json_schema_to_pydantic_type({"type": "text"})


@pytest.mark.parametrize(
    "name", ["validate", "schema", "model_dump", "class", "page[size]", "$top", "_id", "1st", "self", "", "é"]
)
def test_a_property_of_any_name_keeps_it_as_the_alias(name: str) -> None:
    model = shared.json_schema_to_model({"properties": {name: {"type": "string"}}, "required": [name]})
    made = model.model_validate({name: "x"})
    assert made.model_dump(by_alias=True) == {name: "x"}
    (parameter,) = shared.get_signature_format_from_schema_params({"properties": {name: {"type": "string"}}})
    assert parameter.name.isidentifier()


def test_a_signature_has_required_parameters_first() -> None:
    parameters = shared.get_signature_format_from_schema_params(ISSUE)
    assert str(inspect.Signature(parameters[:1])) == "(title: str)"
    assert [one.name for one in parameters] == ["title", "owner", "labels", "count", "state"]
    assert parameters[3].default == 3
    assert parameters[2].default is None
    bare = shared.get_signature_format_from_schema_params(ISSUE, skip_default=True)
    assert {one.default for one in bare} == {inspect.Parameter.empty}


def test_a_pydantic_signature_has_the_fields_as_defaults() -> None:
    parameters = shared.get_pydantic_signature_format_from_schema_params(ISSUE)
    assert parameters[0].default.description == "What it says."
    assert parameters[0].default.is_required()


SCHEMAS = st.recursive(
    st.sampled_from([{"type": t} for t in ("string", "integer", "number", "boolean", "null")] + [{}, {"enum": ["a", 1, None]}]),
    lambda inner: st.one_of(
        inner.map(lambda one: {"type": "array", "items": one}),
        st.lists(inner, min_size=1, max_size=3).map(lambda several: {"anyOf": several}),
        st.dictionaries(st.text(max_size=8), inner, max_size=4).map(lambda some: {"type": "object", "properties": some}),
    ),
    max_leaves=8,
)


@given(SCHEMAS)
def test_any_schema_makes_a_type_that_pydantic_takes(schema: dict[str, Any]) -> None:
    TypeAdapter(shared.json_schema_to_pydantic_type(schema)).json_schema()
    for one in shared.get_signature_format_from_schema_params(
        {"properties": {"a": schema, "b": {"type": "string"}}, "required": ["b"]}
    ):
        assert one.name in {"a", "b"}


def test_what_pydantic_rejects_is_said_field_by_field() -> None:
    class Wanted(BaseModel):
        a: int
        b: str

    with pytest.raises(ValidationError) as caught:
        Wanted.model_validate({"a": "x"})
    said = parse_pydantic_error(caught.value)
    assert "missing: b" in said
    assert "a: Input should be a valid integer" in said


def test_names_are_spelt_as_v0_7_spelt_them() -> None:
    assert shared.get_enum_key("Create an issue (beta)") == "CREATE_AN_ISSUE_BETA_"
    assert len({shared.generate_request_id() for _ in range(5)}) == 5
