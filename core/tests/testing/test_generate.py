"""Made-up values are valid, bounded, and the same for the same seed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from composio.schema.validate import compile_validator
from composio.testing.upstream.generate import generate

TREE: dict[str, Any] = {
    "$ref": "#/$defs/Node",
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                "parent": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            },
            "required": ["name", "children", "parent"],
        }
    },
}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "maximum": 7, "multipleOf": 5},
        {"type": "integer", "exclusiveMaximum": 0},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "string", "pattern": "^[A-Z]{2}-\\d+$"},
        {"type": "string", "pattern": "^(foo|ba[rz])?x+$", "maxLength": 20},
        {"type": "string", "minLength": 40},
        {"type": "string", "maxLength": 2},
        {"type": ["null", "string"]},
        {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"const": 1}}},
                {"required": ["a", "b"], "properties": {"b": {"type": "null"}}},
            ]
        },
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        {
            "oneOf": [
                {"type": "object", "required": ["a"]},
                {"type": "object", "required": ["b"], "properties": {"b": {"enum": ["x"]}}},
            ]
        },
        {"type": "integer", "examples": ["not an integer"]},
        TREE,
        {},
    ],
)
def test_the_value_is_valid(schema: dict[str, Any]) -> None:
    value = generate(schema, "seed")
    assert compile_validator(schema).is_valid(value), value
    assert value == generate(schema, "seed")


def test_recursion_ends() -> None:
    assert len(json.dumps(generate(TREE, "seed"))) < 5_000


def test_an_example_goes_before_anything_made_up() -> None:
    schema = {
        "type": "object",
        "properties": {"login": {"type": "string", "examples": ["octocat"]}, "bio": {"type": "string", "default": ""}},
    }
    assert generate(schema, "seed")["login"] == "octocat"
