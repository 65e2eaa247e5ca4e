"""A default that its own schema would refuse is dropped; any other stays."""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.schema.defaults import fits, without_wrong_defaults

DEFINITIONS = {
    "Status": {"type": "string", "enum": ["open", "closed"]},
    "Same": {"$ref": "#/$defs/Status"},
    "Loop": {"$ref": "#/$defs/Loop"},
    "Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "id": {"type": "integer"}}, "required": ["id"]},
}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "default": ""},
        {"type": "integer", "default": None},
        {"type": "integer", "default": "10"},
        {"type": "integer", "default": 1.5},
        {"type": "number", "default": True},
        {"type": "boolean", "default": "false"},
        {"type": "boolean", "default": 0},
        {"type": "string", "default": 3},
        {"type": ["string", "null"], "default": 3},
        {"type": "array", "items": {"type": "string"}, "default": ""},
        {"type": "array", "items": {"type": "integer"}, "default": ["x"]},
        {"type": "object", "default": []},
        {"type": "object", "required": ["a"], "default": {}},
        {"type": "object", "properties": {"a": {"type": "integer"}}, "default": {"a": "x"}},
        {"type": "object", "properties": {}, "additionalProperties": False, "default": {"a": 1}},
        {"enum": ["a", "b"], "default": "c"},
        {"enum": [1, 2], "default": True},
        {"const": "a", "default": "b"},
        {"type": "string", "pattern": "^[a-z]+$", "default": "A1"},
        {"type": "string", "minLength": 1, "default": ""},
        {"type": "string", "maxLength": 3, "default": "abcd"},
        {"type": "integer", "minimum": 1, "default": 0},
        {"type": "number", "exclusiveMaximum": 1, "default": 1},
        {"type": "integer", "multipleOf": 5, "default": 7},
        {"type": "array", "maxItems": 1, "default": [1, 2]},
        {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": "x"},
        {"allOf": [{"type": "integer"}], "default": "x"},
        {"$ref": "#/$defs/Status", "default": "gone"},
        {"allOf": [{"$ref": "#/$defs/Same"}], "default": "gone"},
        {"type": "array", "items": {"$ref": "#/$defs/Status"}, "default": ["open", "gone"]},
        {"$ref": "#/$defs/Node", "default": {"id": 1, "next": {}}},
    ],
)
def test_a_default_that_does_not_fit_goes_wherever_it_stands(schema: dict[str, Any]) -> None:
    left = {keyword: value for keyword, value in schema.items() if keyword != "default"}
    for holder in (lambda s: s, lambda s: {"properties": {"a": s}}, lambda s: {"items": {"anyOf": [s, {"type": "null"}]}}):
        assert without_wrong_defaults(holder(schema), DEFINITIONS) == holder(left)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "default": 10},
        {"type": "integer", "default": 10.0},
        {"type": "number", "default": 0.3, "multipleOf": 0.1},
        {"type": ["integer", "null"], "default": None},
        {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        {"enum": ["a", None], "default": None},
        {"default": ""},
        {"type": "string", "default": ""},
        {"type": "string", "format": "date-time", "default": "now"},
        {"type": "string", "pattern": "^[a-z]+$", "default": "abc"},
        {"type": "string", "pattern": "(?<n>a)(?", "default": "abc"},
        {"$ref": "#/$defs/Same", "default": "open"},
        {"$ref": "#/$defs/Loop", "default": "open"},
        {"$ref": "#/$defs/None", "default": "open"},
        {"$ref": "#/$defs/Node", "default": {"id": 1, "next": {"id": 2}}},
        {"type": "object", "default": {"a": 1}},
        {"properties": {"default": {"type": "integer"}}},
    ],
)
def test_a_default_that_fits_stays_and_nothing_is_copied(schema: dict[str, Any]) -> None:
    assert without_wrong_defaults(schema, DEFINITIONS) is schema


def test_parts_that_share_parts_take_no_time() -> None:
    definitions: dict[str, Any] = {f"D{i}": {"allOf": [{"$ref": f"#/$defs/D{i + 1}"}] * 8} for i in range(12)}
    definitions["D12"] = {"type": "string"}
    started = time.process_time()
    without_wrong_defaults({"$ref": "#/$defs/D0", "default": "x"}, definitions)
    assert time.process_time() - started < 1


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_fits_agrees_with_a_validator(schemas: Any, values: Any, data: st.DataObject) -> None:
    schema, value = data.draw(schemas), data.draw(values)
    if not fits(value, schema, schema.get("$defs", {})) and "oneOf" not in json.dumps(schema):
        assert not jsonschema_rs.Draft202012Validator(schema).is_valid(value)
