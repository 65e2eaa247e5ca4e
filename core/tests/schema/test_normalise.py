"""OpenAPI's schema objects mean the same as JSON Schema, and whatever comes in, a valid schema comes out."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.schema.normalise import to_json_schema


def convert(schema: Any, openapi: str = "3.0.3") -> dict[str, Any]:
    return to_json_schema(schema, openapi=openapi)


@pytest.mark.parametrize(
    ("given_schema", "expected"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        (
            {"properties": {"a": {}}, "required": ["a", "b"], "additionalProperties": False},
            {"properties": {"a": {}}, "required": ["a"], "additionalProperties": False},
        ),
        ({"properties": {"a": {}}, "required": ["b"]}, {"properties": {"a": {}}, "required": ["b"]}),
        ({"nullable": True}, {}),
        ({"type": "boolean", "default": "True"}, {"type": "boolean", "default": True}),
        ({"type": "string", "minLength": 1, "maxLength": 0}, {"type": "string"}),
        ({"type": "integer", "minimum": 5, "maximum": 3, "multipleOf": 2}, {"type": "integer", "multipleOf": 2}),
        (
            {"type": "array", "minItems": 2, "maxItems": 2, "items": {}},
            {"type": "array", "minItems": 2, "maxItems": 2, "items": {}},
        ),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"type": "string", "enum": ["a", None], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"$ref": "#/x", "nullable": True}, {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]}),
        (
            {"allOf": [{"$ref": "#/x"}], "nullable": True, "description": "d"},
            {"description": "d", "anyOf": [{"allOf": [{"$ref": "#/x"}]}, {"type": "null"}]},
        ),
        (
            {"anyOf": [{"type": "string"}], "nullable": True},
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
        ),
        (
            {"oneOf": [{"$ref": "#/x"}], "nullable": True},
            {"anyOf": [{"oneOf": [{"$ref": "#/x"}]}, {"type": "null"}]},
        ),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1, "type": "number"}),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": False}, {"minimum": 1, "type": "number"}),
        ({"type": "string", "example": "x"}, {"type": "string", "examples": ["x"]}),
        ({"type": "file"}, {"type": "string"}),
        ({"type": "string", "format": "binary"}, {"format": "binary", "type": "string"}),
        ({"type": "object", "required": True}, {"type": "object"}),
        ({"type": "string", "pattern": "("}, {"type": "string"}),
        ({"type": "string", "enum": [True, False]}, {"type": "string", "enum": ["true", "false"]}),
        ({"type": "string", "enum": ["a", 1, 2.5, None]}, {"type": "string", "enum": ["a", "1", "2.5", None]}),
        ({"type": "string", "enum": [1, "1"], "default": 1}, {"type": "string", "enum": ["1"], "default": "1"}),
        ({"type": "integer", "enum": ["1", "-2"], "example": "1"}, {"type": "integer", "enum": [1, -2], "examples": [1]}),
        ({"type": "integer", "enum": ["01", "x"]}, {"enum": ["01", "x"]}),
        ({"enum": [1, "1"]}, {"enum": [1, "1"]}),
        ({"type": "string", "pattern": "/^[a-z]+$/u"}, {"type": "string", "pattern": "^[a-z]+$"}),
        ({"type": "string", "pattern": "/^[a-z]+$/i"}, {"type": "string"}),
        ({"type": "string", "pattern": r"/^\d{4}\/\d\d$/"}, {"type": "string", "pattern": r"^\d{4}/\d\d$"}),
        ({"type": "string", "pattern": "/v1/"}, {"type": "string", "pattern": "/v1/"}),
        # Escaped once too often: it refuses the description's own example.
        (
            {"type": "string", "pattern": r"^\w+\\.com$", "example": "a.com"},
            {"type": "string", "pattern": r"^\w+\.com$", "examples": ["a.com"]},
        ),
        # The example is wrong, not the pattern.
        (
            {"type": "string", "pattern": "^[a-f]{4}$", "example": "abc"},
            {"type": "string", "pattern": "^[a-f]{4}$", "examples": ["abc"]},
        ),
        (
            {"type": "string", "pattern": r"^\w+\.com$", "example": "a.com"},
            {"type": "string", "pattern": r"^\w+\.com$", "examples": ["a.com"]},
        ),
        ({"items": [{"type": "string"}], "type": "array"}, {"prefixItems": [{"type": "string"}], "type": "array"}),
        (
            {"x-a": 1, "xml": {}, "externalDocs": {}, "discriminator": {}, "$id": "http://x", "type": "object"},
            {"type": "object"},
        ),
        ({"$ref": "#/x", "type": "object", "description": "d"}, {"$ref": "#/x", "description": "d"}),
        ({"minLength": "3", "maxLength": 5.0}, {"maxLength": 5}),
        (True, {}),
        (False, {"not": {}}),
        (None, {}),
    ],
)
def test_each_difference_is_bridged(given_schema: Any, expected: dict[str, Any]) -> None:
    assert convert(given_schema) == expected


def test_31_keeps_type_lists_numbers_and_siblings_of_references() -> None:
    schema = {"type": ["string", "null"], "exclusiveMinimum": 3, "$ref": "#/x", "minLength": 1}
    assert convert(schema, "3.1.0") == schema


def test_properties_may_be_called_like_keywords() -> None:
    schema = {"type": "object", "properties": {"example": {"type": "string"}, "nullable": {"type": "file"}, "$ref": {}}}
    assert convert(schema)["properties"] == {"example": {"type": "string"}, "nullable": {"type": "string"}, "$ref": {}}


def test_the_input_is_not_changed() -> None:
    schema = {"type": "string", "nullable": True, "enum": ["a"]}
    convert(schema)
    assert schema == {"type": "string", "nullable": True, "enum": ["a"]}


def test_a_schema_that_contains_itself_ends() -> None:
    loop: dict[str, Any] = {"type": "object"}
    loop["properties"] = {"again": loop}
    assert convert(loop)["type"] == "object"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.sampled_from(["string", "object", "(", "null"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "enum",
                    "items",
                    "properties",
                    "required",
                    "minimum",
                    "exclusiveMinimum",
                    "nullable",
                    "pattern",
                    "anyOf",
                    "allOf",
                    "oneOf",
                    "not",
                    "const",
                    "maxLength",
                    "multipleOf",
                    "default",
                    "examples",
                    "example",
                    "patternProperties",
                    "additionalProperties",
                    "format",
                    "uniqueItems",
                    "dependentRequired",
                    "readOnly",
                    "description",
                    "if",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON, st.sampled_from(["3.0.3", "3.1.0"]))
def test_whatever_comes_in_a_valid_schema_comes_out(schema: Any, openapi: str) -> None:
    jsonschema_rs.Draft202012Validator(convert(schema, openapi))


@given(JSON)
def test_nullable_accepts_null(schema: Any) -> None:
    if isinstance(schema, dict):
        found = convert({**schema, "nullable": True})
        assert jsonschema_rs.Draft202012Validator(found).is_valid(None)


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (["a", "b", "a"], ["a", "b"]),
        ([1, True, 1.0, "1", 0, False], [1, True, "1", 0, False]),
        ([None, "a", None], [None, "a"]),
        ([{"a": 1}, {"a": 1}, [1], [1]], [{"a": 1}, [1]]),
    ],
)
def test_an_enum_has_each_value_once(values: list[Any], kept: list[Any]) -> None:
    assert to_json_schema({"enum": values}, openapi="3.0.3") == {"enum": kept}
