"""Strict schemas: what a model is shown lets it set, leave out and clear everything, and comes back as what it meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.schema.repair import repair
from composio.schema.restore import restore
from composio.schema.shape import shape
from composio.schema.strict import NULL, fillable, obstacles
from composio.schema.strict import read_given as taken_back
from composio.schema.validate import compile_validator
from composio.testing.model.chat import function_problem
from composio.testing.upstream.generate import generate

TEXT = {"type": "string"}
MAP = {"type": "object", "additionalProperties": {"type": "number"}}


def an_object(required: list[str] | None = None, /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


AWKWARD = {
    "a map": an_object(m=MAP),
    "a free-form object": an_object(["m"], m={"type": "object"}),
    "anything": an_object(any={}, always={"description": "Whatever."}),
    "an object that takes more than it names": an_object(o={**an_object(a=TEXT), "additionalProperties": TEXT}),
    "one of several objects": an_object(o={"type": "object", "oneOf": [an_object(["a"], a=TEXT), an_object(["b"], b=MAP)]}),
    "branches beside properties": {**an_object(a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
    "branches with properties": {**an_object(a=TEXT), "oneOf": [an_object(b=TEXT), an_object(c=TEXT)]},
    "several types": an_object(["v"], v={"type": ["object", "array", "null"], "properties": {"a": TEXT}, "items": TEXT}),
    "an array of anything": an_object(items={"type": "array"}),
    "a tuple": an_object(pair={"type": "array", "prefixItems": [TEXT, {"type": "integer"}]}),
    "keywords that strict mode refuses": an_object(
        s={"type": "string", "pattern": "^(?!a)", "minLength": 1, "maxLength": 9, "not": {"const": "x"}, "format": "uri"}
    ),
    "values without a type": an_object(["e"], e={"enum": ["a", 1, None]}, c={"const": "x"}),
    "a branch that is no schema of its own": an_object(v={"anyOf": [True, TEXT]}),
    "no parameters": {"type": "object"},
}
REFUSED = {"pattern", "minLength", "maxLength", "not", "allOf", "oneOf", "prefixItems", "default", "patternProperties", "if"}


def keywords(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(keywords, schema))
    if not isinstance(schema, dict):
        return set()
    inner = [keywords(v) for k, v in schema.items() if k not in ("properties", "enum", "const")]
    return set(schema).union(*inner, *map(keywords, schema.get("properties", {}).values()))


@pytest.mark.parametrize("schema", AWKWARD.values(), ids=AWKWARD)
def test_every_schema_is_one_that_strict_mode_takes(schema: dict[str, Any]) -> None:
    before = json.dumps(schema)
    strict = fillable(schema)
    assert function_problem({"name": "f", "strict": True, "parameters": strict}, "tools[0]") is None
    assert not keywords(strict) & REFUSED
    assert json.dumps(schema) == before


def test_each_of_several_types_is_shown() -> None:
    shown = fillable(AWKWARD["several types"])["properties"]["v"]["anyOf"]
    assert [branch["type"] for branch in shown] == ["object", "array", "null"]


def test_values_say_their_type() -> None:
    shown = fillable(AWKWARD["values without a type"])["properties"]
    assert shown["e"]["type"] == ["string", "integer", "null"]
    assert shown["c"]["anyOf"][0] == {"const": "x", "type": "string"}


def test_deep_objects_are_text_in_the_end() -> None:
    schema: dict[str, Any] = an_object(leaf=TEXT)
    for _ in range(20):
        schema = an_object(["inner"], inner=schema)
    levels, here = 0, fillable(schema)
    while "inner" in here.get("properties", {}):
        levels, here = levels + 1, here["properties"]["inner"]
    assert levels <= 10
    assert here["type"] == "string"


ORDER = an_object(
    ["customer", "due"],
    customer=an_object(["name"], name=TEXT, street=TEXT),
    due={"type": ["string", "null"]},
    priority={"type": "string", "enum": ["low", "high"], "default": "low", "description": "How urgent."},
    quantity={"type": "integer", "minimum": 1, "default": 1},
    note={"type": ["string", "null"], "maxLength": 80},
    labels={"type": "array", "items": an_object(["key"], key=TEXT, value={})},
    prices=MAP,
    anything={},
)


def meant(arguments: dict[str, Any], schema: dict[str, Any] = ORDER) -> dict[str, Any]:
    """As the core gets it, mends it and checks it."""
    found = repair(taken_back(arguments, schema), schema)
    assert not list(compile_validator(schema).errors(found))
    return found


def test_what_is_lost_on_the_wire_is_said_in_words() -> None:
    shown = fillable(ORDER)["properties"]
    assert shown["priority"]["description"] == 'How urgent. (default: "low") null leaves it out.'
    assert shown["priority"]["anyOf"][0]["enum"] == ["low", "high"]
    assert shown["quantity"]["type"] == ["integer", "null"]
    assert shown["quantity"]["minimum"] == 1
    assert shown["labels"]["anyOf"][1] == {"type": "null"}
    assert "maxLength: 80" in shown["note"]["description"]
    assert '"additionalProperties": {"type": "number"}' in shown["prices"]["description"]
    assert shown["due"] == {"type": ["string", "null"]}, "a required one has nothing to leave out"


def test_null_leaves_optional_values_out_at_every_depth() -> None:
    arguments = {
        "customer": {"name": "Ada", "street": None},
        "due": None,
        "labels": [{"key": "a", "value": None}, {"key": "b", "value": "c"}],
        **dict.fromkeys(["priority", "quantity", "note", "prices", "anything"]),
    }
    expected = {"customer": {"name": "Ada"}, "due": None, "labels": [{"key": "a"}, {"key": "b", "value": "c"}]}
    assert meant(arguments) == expected


def test_a_null_that_clears_can_be_said() -> None:
    said = {"customer": {"name": NULL}, "due": None, "note": NULL, "priority": None}
    assert meant(said) == {"customer": {"name": NULL}, "due": None, "note": None}, "where null is a value, and only there"
    note = fillable(ORDER)["properties"]["note"]
    assert {"type": "string", "enum": [NULL]} in note["anyOf"]
    assert NULL in note["description"]


def test_maps_and_free_values_come_as_json_text() -> None:
    base = {"customer": {"name": "Ada"}, "due": "today"}
    said = {"prices": '{"a": 1.5}', "anything": '{"deep": [1, null]}', "labels": [{"key": "a", "value": '"5"'}]}
    expected = {"prices": {"a": 1.5}, "anything": {"deep": [1, None]}, "labels": [{"key": "a", "value": "5"}]}
    assert meant(base | said) == base | expected
    assert meant(base | {"anything": "no JSON"}) == base | {"anything": "no JSON"}
    assert meant(base | {"anything": "[" * 100_000})["anything"].startswith("[["), "nothing that a model writes breaks it"


@pytest.mark.parametrize(
    "arguments",
    [
        {"customer": {"name": "Ada", "street": "x"}, "due": "d", "quantity": 3, "prices": {"a": 1}, "anything": [1]},
        {"customer": {"name": "Ada"}, "due": None, "labels": [{"key": "k"}], "note": "n", "unknown": None},
    ],
)
def test_what_fits_already_stays(arguments: dict[str, Any]) -> None:
    assert taken_back(arguments, ORDER) == arguments


def test_more_than_an_object_names_can_be_set() -> None:
    schema = an_object(["o"], o={**an_object(a=TEXT), "additionalProperties": TEXT})
    assert meant({"o": '{"a": "1", "b": "2"}'}, schema) == {"o": {"a": "1", "b": "2"}}
    assert meant({"o": {"a": None}}, schema) == {"o": {}}


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (an_object(m=MAP), "m: a map or free-form object"),
        (an_object(a={}), "a: takes any value"),
        (an_object(a={"type": "array"}), "a: an array without an item schema"),
        (an_object(a={"type": "array", "items": MAP}), "a[0]: a map or free-form object"),
        (an_object(a={"type": ["string", "null"]}), "a: may be left out or be null"),
        (an_object(a={"type": "string", "not": {"const": "x"}}), "a: strict mode knows no not"),
        (an_object(a={"enum": [str(i) * 70 for i in range(300)]}), "a: an enum of 300 values"),
        (an_object(**{f"p{i}": TEXT for i in range(5001)}), "the whole: 5001 properties"),
        (an_object(**{"p" * 61 + str(i): TEXT for i in range(2000)}), "the whole: "),
        (an_object(a=an_object(b={**an_object(c=TEXT), "additionalProperties": True})), "a.b: a map"),
    ],
)
def test_why_a_schema_has_no_strict_form_is_said_with_its_place(schema: dict[str, Any], place: str) -> None:
    found = obstacles(schema)
    assert len(found) == 1
    assert found[0].startswith(place)


def test_too_many_levels_are_an_obstacle() -> None:
    schema: dict[str, Any] = an_object(["leaf"], leaf=TEXT)
    for _ in range(9):
        schema = an_object(["inner"], inner=schema)
    assert obstacles(schema) == []
    assert obstacles(an_object(["inner"], inner=schema)) == ["the whole: 11 levels of objects, and strict mode takes 10"]


@given(st.data(), st.text(max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_arguments_of_a_strict_form_come_back_real(schemas: Any, data: st.DataObject, seed: str) -> None:
    schema = data.draw(schemas)
    shown = shape(schema)
    if obstacles(shown):
        return
    strict = fillable(shown)
    assert function_problem({"name": "f", "strict": True, "parameters": strict}, "tools[0]") is None
    value = generate(strict, seed)
    if compile_validator(strict).is_valid(value) and not any(k in json.dumps(schema) for k in ("readOnly", "anyOf", "oneOf")):
        assert compile_validator(schema).problems(repair(restore(value, schema), schema)) == []


@pytest.mark.parametrize(("declared", "is_kept"), [("date-time", True), ("uuid", True), ("uri", False), ("int64", False)])
def test_a_format_that_strict_mode_does_not_know_is_told_in_words(declared: str, is_kept: bool) -> None:
    strict = fillable(an_object(["a"], a={"type": "integer" if declared == "int64" else "string", "format": declared}))
    shown = strict["properties"]["a"]
    assert ("format" in shown) is is_kept
    assert f'format: "{declared}"' in shown["description"]
