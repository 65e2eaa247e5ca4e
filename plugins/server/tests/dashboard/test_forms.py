"""Schemas become fields, and what is typed becomes the values that were meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio_server.dashboard.forms import inputs_of, read_values


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def read(one: Any, typed: str) -> Any:
    values, wrong = read_values(schema(x=one), {"value.x": typed})
    return wrong["x"] if wrong else values["x"]


@pytest.mark.parametrize(
    ("one", "typed", "value"),
    [
        ({"type": "string"}, "5", "5"),
        ({"type": "string"}, "a\r\nb", "a\nb"),
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, "five", "five"),  # the engine explains it
        ({"type": "boolean"}, "true", True),
        ({"type": "array"}, '["a"]', ["a"]),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, "hello", "hello"),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, '["a"]', ["a"]),
        ({"enum": [1, 2]}, "1", 1),
        ({"type": "string", "enum": ["1", "a  b"]}, "a  b", "a  b"),
        ({"type": "number"}, "NaN", "NaN"),
        ({"type": "number"}, "1e999", "1e999"),  # no float holds it, and Infinity is not JSON
        ({}, "[1]", [1]),
    ],
)
def test_what_is_typed_is_read_as_its_schema_means_it(one: Any, typed: str, value: Any) -> None:
    assert read(one, typed) == value
    assert type(read(one, typed)) is type(value)


@pytest.mark.parametrize("typed", ["{", "[" * 100_000, "NaN", "[-1e999]", "hello"])
def test_what_is_no_json_is_said_where_json_is_needed(typed: str) -> None:
    assert "not JSON" in read({"type": "array"}, typed)
    [shown] = inputs_of(schema(x={"type": "array"}), {"x": typed}, {"x": "wrong"})
    assert (shown.value, shown.wrong) == (typed, "wrong")


def test_empty_fields_have_no_value_and_needed_ones_come_first() -> None:
    given = schema(a={"type": "string"}, b={"type": "string"}) | {"required": ["b"]}
    assert read_values(given, {"value.a": " ", "value.b": ""}) == ({}, {})
    assert [one.name for one in inputs_of(given, {})] == ["b", "a"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
keywords = st.dictionaries(
    st.sampled_from(["type", "enum", "anyOf", "oneOf", "description", "properties", "required"]), anything, max_size=5
)


@given(st.fixed_dictionaries({"properties": anything | st.dictionaries(st.text(max_size=5), keywords), "required": anything}))
def test_no_schema_is_too_odd(odd: dict[str, Any]) -> None:
    for one in inputs_of(odd, {}):
        read_values(odd, {one.field: "x"})
        if one.choices:
            typed = one.choices[0]
            assert read_values(odd, {one.field: typed})[1] == {}
