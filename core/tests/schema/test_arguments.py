"""What models write is read, and gets the API's names back whichever spelling a model was shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.engine.arguments import parse
from composio.errors import InvalidArguments
from composio.schema.dialect import PLAIN, Dialect
from composio.schema.inline import inline
from composio.schema.names import property_aliases
from composio.schema.restore import restore
from composio.schema.shape import shape

LONG = "x" * 70
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "$top": {"type": "integer"},
        "from": {"type": "string"},
        LONG: {"type": "string"},
        "filters": {"type": "array", "items": {"$ref": "#/$defs/Filter"}},
        "either": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Filter"}]},
    },
    "additionalProperties": {"$ref": "#/$defs/Filter"},
    "$defs": {
        "Filter": {"type": "object", "properties": {"page[size]": {"type": "integer"}, "sub": {"$ref": "#/$defs/Filter"}}}
    },
}


@pytest.mark.parametrize(
    ("given_arguments", "expected"),
    [("", {}), ("  ", {}), (None, {}), ("null", {}), ("{}", {}), ('{"a": "x\ny"}', {"a": "x\ny"}), ({"a": 1}, {"a": 1})],
)
def test_no_arguments_and_json_text_are_read(given_arguments: Any, expected: dict[str, Any]) -> None:
    assert parse(given_arguments) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a":\n tru}', "line 2, column 2"),
        ("[1, 2]", "got a JSON array"),
        ("5", "expected a JSON object"),
        ("[" * 100_000, "nests too deep"),
        (5, "got a int"),
    ],
)
def test_what_is_no_object_is_said_with_its_place(text: Any, message: str) -> None:
    with pytest.raises(InvalidArguments, match=message) as caught:
        parse(text, action="GITHUB_X")
    assert "GITHUB_X" in str(caught.value)


def test_parse_does_not_hand_out_the_input() -> None:
    arguments = {"a": 1}
    assert parse(arguments) is not arguments


def test_aliases_come_back_in_every_spelling_and_depth() -> None:
    long_alias = property_aliases([LONG])[LONG]
    arguments = {
        "top": 3,
        "from_": "me",
        long_alias: "y",
        "filters": [{"page_size": 1, "sub": {"page_size": 2}}],
        "either": {"page_size": 4},
        "other": {"page_size": 5},
    }
    assert restore(arguments, SCHEMA) == {
        "$top": 3,
        "from": "me",
        LONG: "y",
        "filters": [{"page[size]": 1, "sub": {"page[size]": 2}}],
        "either": {"page[size]": 4},
        "other": {"page[size]": 5},
    }


def test_a_real_name_wins_over_its_alias() -> None:
    assert restore({"top": 1, "$top": 2}, SCHEMA) == {"$top": 2}
    assert restore({"$top": 2, "top": 1}, SCHEMA) == {"$top": 2}


def test_a_name_that_is_real_is_no_alias() -> None:
    schema: dict[str, Any] = {"properties": {"$top": {}, "top": {}}}
    assert restore({"top": 1}, schema) == {"top": 1}
    alias = property_aliases(["$top", "top"])["$top"]
    assert restore({alias: 1}, schema) == {"$top": 1}


def test_an_unknown_name_stays() -> None:
    assert restore({"tpo": 1}, {"properties": {"$top": {}}}) == {"tpo": 1}


def test_deep_values_end_and_the_input_stays() -> None:
    value: dict[str, Any] = {"page_size": 1}
    for _ in range(300):
        value = {"sub": value}
    arguments = {"filters": [value]}
    restored = restore(arguments, SCHEMA)
    assert arguments == {"filters": [value]}
    assert json.dumps(restored).startswith('{"filters": [{"sub"')


def _renamed(value: Any, schema: Any, dialect: Dialect) -> Any:
    """``value`` as a model would write it that was shown ``schema`` in ``dialect``; plain objects and arrays only."""
    if isinstance(value, list):
        return [_renamed(item, schema.get("items") or {}, dialect) for item in value]
    if not isinstance(value, dict):
        return value
    known = schema.get("properties") or {}
    aliases = property_aliases(known, dialect)
    return {aliases.get(name, name): _renamed(inner, known.get(name) or {}, dialect) for name, inner in value.items()}


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_was_renamed_comes_back(schemas: Any, data: st.DataObject) -> None:
    schema = inline(data.draw(schemas))
    value = data.draw(st.fixed_dictionaries({}, optional={name: st.integers() for name in schema["properties"]}))
    for dialect in (PLAIN, Dialect(identifiers=True)):
        assert set(shape(schema, dialect)["properties"]) >= set(_renamed(value, schema, dialect))
        assert restore(_renamed(value, schema, dialect), schema) == value


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_restoring_twice_changes_nothing_more(schemas: Any, values: Any, data: st.DataObject) -> None:
    schema, value = data.draw(schemas), data.draw(values)
    before = json.dumps(value)
    once = restore(value, schema)
    assert json.dumps(value) == before
    assert restore(once, schema) == once


@pytest.mark.parametrize("text", ['```json\n{"a": 1}\n```', '"{\\"a\\": 1}"', ' {"a": 1} ', '"```{\\"a\\": 1}```"'])
def test_arguments_that_come_fenced_or_as_text_in_json_are_read(text: str) -> None:
    assert parse(text) == {"a": 1}


def test_text_in_json_that_holds_no_object_is_explained() -> None:
    with pytest.raises(InvalidArguments, match="expected a JSON object"):
        parse('"just words"')
