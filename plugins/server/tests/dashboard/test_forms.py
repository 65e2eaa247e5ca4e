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


FILTER = {"type": "object", "properties": {"state": {"type": "string"}, "a/b": {"type": "integer"}}, "required": ["state"]}
STRINGS = {"type": "array", "items": {"type": "string"}}


def refill(one: Any, value: Any) -> Any:
    """What is read of a form that shows a value and is sent as it is."""
    shown = inputs_of(schema(x=one), {"x": value})
    values, wrong = read_values(schema(x=one), {field.field: field.value for field in shown})
    assert wrong == {}
    return values.get("x")


def test_an_object_inside_has_fields_of_its_own() -> None:
    shown = inputs_of(schema(filter=FILTER), {})
    assert [(one.label, one.required) for one in shown] == [("filter.state", False), ("filter.a/b", False)]
    assert len({one.field for one in shown}) == 2
    typed = {shown[0].field: "open", shown[1].field: "5"}
    assert read_values(schema(filter=FILTER), typed) == ({"filter": {"state": "open", "a/b": 5}}, {})
    assert read_values(schema(filter=FILTER), {}) == ({}, {})
    needed = schema(filter=FILTER) | {"required": ["filter"]}
    assert [one.required for one in inputs_of(needed, {})] == [True, False]
    assert read_values(needed, {}) == ({"filter": {}}, {})  # the engine says what is missing in it


@pytest.mark.parametrize(
    ("one", "value"),
    [
        (FILTER, {"state": "open", "a/b": 5}),
        (FILTER, {"state": "open", "other": 1}),
        (FILTER, "no object"),
        (STRINGS, ["a", "b c"]),
        (STRINGS, ["[x", "b"]),
        (STRINGS, ["5", " padded ", "two\nlines", ""]),
        (STRINGS, []),
        (STRINGS, "no list"),
        ({"type": "array", "items": {"type": "integer"}}, [1, 2]),
        ({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}, ["a", "b"]),
        ({"type": "array", "items": FILTER}, [{"state": "open"}]),
        (schema(y=schema(z=schema(deep={"type": "string"}))), {"y": {"z": {"deep": "x"}}}),
    ],
)
def test_a_form_that_is_sent_as_it_was_filled_in_says_the_same(one: Any, value: Any) -> None:
    if value == "no object" or value == "no list":
        shown = inputs_of(schema(x=one), {"x": value}, {"x": "wrong"})
        assert [(field.value, field.wrong) for field in shown] == [(value, "wrong")]
    else:
        assert refill(one, value) == value


def test_a_list_is_typed_a_value_a_line_or_as_json() -> None:
    assert read(STRINGS, "a\r\n\r\n b \r\n") == ["a", "b"]
    assert read(STRINGS, '["a", "b"]') == ["a", "b"]
    assert "not JSON" in read(STRINGS, "[a")
    assert read({"type": "array", "items": {"type": "number"}}, "1\n2.5\nx") == [1, 2.5, "x"]  # the engine explains it


@pytest.mark.parametrize("more", [True, {"type": "string"}])
def test_an_object_that_takes_further_fields_has_a_place_for_them(more: Any) -> None:
    given = schema(a={"type": "string"}) | {"additionalProperties": more}
    known, further = inputs_of(given, {"a": "x", "b": 1})
    assert read_values(given, {known.field: known.value, further.field: further.value}) == ({"a": "x", "b": 1}, {})
    assert read_values(given, {known.field: "x", further.field: '{"a": "y"}'}) == ({"a": "x"}, {})
    for typed in ("[1]", "{", "b=1"):
        values, wrong = read_values(given, {known.field: "x", further.field: typed})
        assert values["a"] == "x"
        assert "JSON object" in wrong[further.name]
        assert [one.value for one in inputs_of(given, values, wrong)] == ["x", typed]
    assert len(inputs_of(schema(a={"type": "string"}), {})) == 1


def test_a_thousand_fields_are_shown_and_read() -> None:
    wide = schema(**{f"f{number}": {"type": "string"} for number in range(1_000)})
    shown = inputs_of(wide, {})
    values, wrong = read_values(wide, {one.field: one.name for one in shown})
    assert (len(values), wrong) == (1_000, {})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
keywords = st.dictionaries(
    st.sampled_from(
        ["type", "enum", "anyOf", "oneOf", "description", "properties", "required", "items", "additionalProperties"]
    ),
    anything,
    max_size=5,
)


@given(st.fixed_dictionaries({"properties": anything | st.dictionaries(st.text(max_size=5), keywords), "required": anything}))
def test_no_schema_is_too_odd(odd: dict[str, Any]) -> None:
    for one in inputs_of(odd, {}):
        read_values(odd, {one.field: "x"})
        if one.choices:
            typed = one.choices[0]
            assert read_values(odd, {one.field: typed})[1] == {}
