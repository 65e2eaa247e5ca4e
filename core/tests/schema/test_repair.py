"""What was evidently meant is put right; what fits, or is open, is left alone."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.schema.arguments import repair
from composio.schema.validate import compile_validator

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "ratio": {"type": "number"},
        "flag": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "ids": {"type": "array", "items": {"type": "integer"}},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "kind": {"const": "Thing"},
        "maybe": {"type": ["string", "null"]},
        "where": {"$ref": "#/$defs/Where"},
        "either": {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/Where"}]},
        "number_or_text": {"type": ["integer", "string"]},
    },
    "additionalProperties": False,
    "$defs": {
        "Where": {
            "type": "object",
            "properties": {"page[size]": {"type": "integer"}, "deep": {"type": "boolean"}, "next": {"$ref": "#/$defs/Where"}},
            "required": ["page[size]"],
        }
    },
}
VALIDATOR = compile_validator(SCHEMA)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"text": 5}, {"text": "5"}),
        ({"text": 1.5}, {"text": "1.5"}),
        ({"text": True}, {"text": "true"}),
        ({"count": "5"}, {"count": 5}),
        ({"count": " -5 "}, {"count": -5}),
        ({"count": "5.0"}, {"count": 5}),
        ({"ratio": "0.5"}, {"ratio": 0.5}),
        ({"flag": "True"}, {"flag": True}),
        ({"flag": "false"}, {"flag": False}),
        ({"tags": "bug"}, {"tags": ["bug"]}),
        ({"tags": 5}, {"tags": ["5"]}),
        ({"tags": '["a", "b"]'}, {"tags": ["a", "b"]}),
        ({"tags": ["a", 3]}, {"tags": ["a", "3"]}),
        ({"ids": "7"}, {"ids": [7]}),
        ({"ids": '["7", 8]'}, {"ids": [7, 8]}),
        ({"state": "OPEN"}, {"state": "open"}),
        ({"kind": "thing"}, {"kind": "Thing"}),
        ({"text": None}, {}),
        ({"maybe": None}, {"maybe": None}),
        ({"where": '{"page_size": "3"}'}, {"where": {"page[size]": 3}}),
        (
            {"where": {"page[size]": 1, "next": {"page[size]": "2", "deep": None}}},
            {"where": {"page[size]": 1, "next": {"page[size]": 2}}},
        ),
        ({"either": "5"}, {"either": 5}),
        ({"either": {"page[size]": "1", "deep": "true"}}, {"either": {"page[size]": 1, "deep": True}}),
        ({"params": {"count": 1}}, {"count": 1}),
        ({"arguments": '{"count": "1"}'}, {"count": 1}),
        (
            {"text": 5, "count": "5", "flag": "true", "state": "Closed"},
            {"text": "5", "count": 5, "flag": True, "state": "closed"},
        ),
    ],
)
def test_what_models_get_wrong_is_put_right(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    before = json.dumps(wrong)
    assert repair(wrong, SCHEMA, VALIDATOR) == right
    assert json.dumps(wrong) == before
    assert VALIDATOR.is_valid(right)


@pytest.mark.parametrize(
    "value",
    [
        {"count": "five"},
        {"count": "5.5"},
        {"count": "007"},
        {"count": "9" * 5000},
        {"count": True},
        {"flag": "yes"},
        {"flag": 1},
        {"state": "opened"},
        {"tags": '["a", '},
        {"tags": {"a": 1}},
        {"where": "home"},
        {"where": "{broken"},
        {"where": None, "params": 1},
        {"params": {"nothing": "known"}},
        {"either": "neither"},
    ],
)
def test_what_is_open_is_left_to_be_explained(value: dict[str, Any]) -> None:
    repaired = repair(value, SCHEMA, VALIDATOR)
    assert {**value, **repaired} == value
    assert VALIDATOR.problems(repaired)


def test_null_for_a_required_argument_stays() -> None:
    schema = {"properties": {"a": {"type": "string"}}, "required": ["a"]}
    assert repair({"a": None}, schema) == {"a": None}


def test_a_declared_params_is_no_wrapper() -> None:
    schema = {"properties": {"params": {"type": "object"}, "a": {"type": "string"}}, "required": ["a"]}
    assert repair({"params": {"a": "x"}}, schema) == {"params": {"a": "x"}}


def test_values_that_json_cannot_hold_are_left() -> None:
    assert repair({"count": b"5", "text": {1: 2}}, SCHEMA, VALIDATOR) == {"count": b"5", "text": {1: 2}}


def test_very_many_mistakes_end() -> None:
    schema = {"properties": {"a": {"type": "array", "items": {"type": "string"}}}}
    repaired = repair({"a": list(range(200))}, schema)
    assert len(repaired["a"]) == 200


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_fits_is_never_changed(schemas: Any, values: Any, data: st.DataObject) -> None:
    schema, value = data.draw(schemas), data.draw(values)
    before = json.dumps(value)
    repaired = repair(value, schema)
    assert json.dumps(value) == before
    if jsonschema_rs.Draft202012Validator(schema).is_valid(value):
        assert json.dumps(repaired) == before


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_argument_that_fits_stays_beside_one_that_does_not(values: Any, data: st.DataObject) -> None:
    value = data.draw(values)
    value = {
        name: value.get(short) for name, short in zip(SCHEMA["properties"], ["a", "b", "$top", "top", "from"], strict=False)
    }
    repaired = repair(value, SCHEMA, VALIDATOR)
    for name, argument in value.items():
        if VALIDATOR.is_valid({name: argument}):
            assert json.dumps(repaired[name]) == json.dumps(argument)
    assert len(VALIDATOR.problems(repaired)) <= len(VALIDATOR.problems(value))
