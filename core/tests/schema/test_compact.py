"""A large definition says what repeats once and deep parts in words, and loses no enum, default, bound or required name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.schema.compact import SIZE, Memory, compact
from composio.schema.dialect import ANTHROPIC, GEMINI, OPENAI
from composio.schema.inline import inline
from composio.schema.keywords import subschemas
from composio.schema.notation import notation
from composio.schema.shape import shape

Schema = dict[str, Any]
TEXT = {"type": "string", "description": "Words about what it is. " * 4}
ADDRESS: Schema = {
    "type": "object",
    "properties": {
        **{f"line{i}": {**TEXT, "maxLength": 100 + i} for i in range(6)},
        "country": {"enum": [f"C{i}" for i in range(40)]},
    },
    "required": ["line0", "country"],
}


def size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")).encode())


def facts(schema: Any) -> Iterator[tuple[str, str]]:
    """Enum values, defaults, bounds and required names, each as it stands in a schema and in words."""
    if isinstance(schema, dict):
        for value in (*schema.get("enum", ()), *(schema[key] for key in ("const", "default") if key in schema)):
            yield json.dumps(value), f"'{value}'" if isinstance(value, str) else json.dumps(value)
        yield from ((name, name) for name in schema.get("required") or ())
        for keyword in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "exclusiveMinimum", "pattern"):
            if keyword in schema:
                yield json.dumps(schema[keyword]), str(schema[keyword])
        for _, _, child in subschemas(schema):
            yield from facts(child)


def texts(value: Any) -> Iterator[str]:
    """All that a reader of a definition sees, without its escapes."""
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield from (value, json.dumps(value))
    else:
        yield json.dumps(value)


def test_a_definition_of_ordinary_size_stays_as_it_is() -> None:
    schema = {"type": "object", "properties": {"a": ADDRESS, "b": ADDRESS}}
    assert size(schema) < SIZE
    assert compact(schema) == schema


def test_what_repeats_is_said_once() -> None:
    properties = {name: {**ADDRESS, "description": f"For {name}."} for name in ("billing", "shipping", "home", "work")}
    schema = {
        "type": "object",
        "properties": {**properties, "people": {"type": "array", "items": {"type": "object", "properties": {"at": ADDRESS}}}},
    }
    found = compact(schema, 4000)
    assert size(found) <= 4000
    assert found["properties"]["billing"]["required"] == ["line0", "country"]
    assert found["properties"]["work"] == {"type": "object", "description": "For work. The same as billing."}
    assert found["properties"]["people"]["items"]["properties"]["at"]["description"] == "The same as billing."


def test_deep_optional_parts_are_said_in_words_first() -> None:
    deep: Schema = {
        "type": "object",
        "properties": {f"p{i}": {"type": "integer", "minimum": i, "default": 7} for i in range(20)},
    }
    wide = {
        f"q{i}": {"type": "object", "properties": {"inner": {**deep, "properties": {**deep["properties"], f"own{i}": TEXT}}}}
        for i in range(8)
    }
    found = compact(
        {"type": "object", "properties": {**wide, "needed": {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}}},
        6000,
    )
    assert size(found) <= 6000
    assert found["properties"]["needed"]["required"] == ["a"]
    inner = found["properties"]["q0"]["properties"]["inner"]
    assert inner["description"].startswith("{p0?: integer(0..) = 7; p1?: integer(1..) = 7")


def test_texts_become_shorter_before_anything_is_compact() -> None:
    schema = {"type": "object", "properties": {f"p{i}": {**TEXT, "enum": [f"v{i}"]} for i in range(60)}}
    found = compact(schema)
    assert all(child["enum"] == [f"v{i}"] for i, child in enumerate(found["properties"].values()))
    assert max(len(child["description"]) for child in found["properties"].values()) < len(TEXT["description"])


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": ["string", "null"], "maxLength": 5, "default": "a"}, "string | null(..5) = 'a'"),
        ({"type": "string", "minLength": 2, "maxLength": 2}, "string(2)"),
        ({"enum": ["a", 1, None]}, "'a'|1|null"),
        ({"enum": ["it's", "a\\b", "a\nb"]}, '"it\'s"|"a\\\\b"|"a\\nb"'),
        ({"const": "a", "type": "string"}, "'a'"),
        ({"enum": ["a", "b"], "default": "b", "maxLength": 9}, "'a'|'b' = 'b'"),
        ({"enum": ["a"], "default": "a"}, "'a'"),
        ({"enum": ["a", "bcd"], "maxLength": 2}, "('a'|'bcd')(..2)"),
        ({"type": "integer", "format": "int64"}, "integer"),
        ({"type": "string", "format": "date", "pattern": "^2"}, "string<date>(/^2/)"),
        ({"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1}, "integer(1..)[](1..)"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "('a'|'b')[]"),
        ({"type": "array"}, "any[]"),
        ({"properties": {"a": TEXT, "b-c": {}}, "required": ["a"]}, "{a: string; b-c?: any}"),
        (
            {"properties": {"a": TEXT, "b": {"type": "integer"}, "c[d]": TEXT}, "required": ["a", "e"]},
            "{a, 'c[d]'?: string; b?: integer; e: any}",
        ),
        ({"type": "object", "description": "Where. Free-form object; properties: a (required), b."}, "{a, b?}"),
        ({"type": "object", "description": "Free-form object; properties: a, b, ...."}, "{a?, b?, ...}"),
        (
            {"type": "string", "description": 'One of 900 values, such as "a", "b".'},
            'string(one of 900 values, such as "a", "b".)',
        ),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "{[name]: number}"),
        ({"type": "object", "properties": {"a": TEXT}, "additionalProperties": False}, "{a?: string}"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}, "(integer | null) = null"),
        ({"type": "object", "properties": {"a": {}}, "oneOf": [{"required": ["a"]}]}, "{a?: any} & (any)"),
        ({"type": "integer", "exclusiveMinimum": 0, "multipleOf": 5}, "integer(exclusiveMinimum: 0, multipleOf: 5)"),
        (True, "any"),
        (False, "never"),
    ],
)
def test_a_schema_in_words(schema: Any, words: str) -> None:
    assert notation(schema) == words


@pytest.mark.parametrize("dialect", [OPENAI, ANTHROPIC, GEMINI])
def test_every_provider_is_shown_the_words_whole(dialect: Any) -> None:
    deep = {
        "type": "object",
        "properties": {f"p{i}": {"enum": [f"value-{i}"]} for i in range(20)},
        "description": "About it. " * 30,
    }
    wide = {
        f"q{i}": {"type": "object", "properties": {"in": {**deep, "minProperties": i}}, "description": "About it. "}
        for i in range(20)
    }
    shown = json.dumps(shape(compact({"type": "object", "properties": wide}), dialect))
    assert all(f"value-{i}" in shown for i in range(20))


@pytest.mark.parametrize(
    ("few", "words"),
    [
        (None, "{a, b, c?, d?: string; e?: string = 'x'; f?: {g: any}; h?: {i?: integer}}"),
        (1, "{a, b, c?: string; e?: string = 'x'; f?: {g: any}; ...}"),
        (0, "{a, b: string; e?: string = 'x'; f?: {g: any}; ...}"),
    ],
)
def test_words_leave_out_only_optional_properties_that_are_held_to_nothing(few: int | None, words: str) -> None:
    schema = {
        "type": "object",
        "properties": {
            **dict.fromkeys("abcd", TEXT),
            "e": {**TEXT, "default": "x"},
            "f": {"properties": {"g": {}}, "required": ["g"]},
            "h": {"properties": {"i": {"type": "integer"}}},
        },
        "required": ["a", "b"],
    }
    assert notation(schema, few) == words


def test_branches_that_differ_in_their_tag_alone_are_one() -> None:
    kinds = [f"method_{i}" for i in range(60)]
    branches = [
        {"type": "object", "properties": {"kind": {"enum": [kind], "default": kind}, **dict.fromkeys("abcdef", TEXT)}}
        for kind in kinds
    ]
    other = {"type": "object", "properties": {"kind": {"enum": ["card"]}, "number": TEXT}, "required": ["number"]}
    found = compact({"type": "object", "properties": {"method": {"oneOf": [*branches, other]}}}, 3000)
    assert size(found) <= 3000
    shown = json.dumps(found)
    assert all(kind in shown for kind in (*kinds, "card"))
    assert len(found["properties"]["method"]["oneOf"]) == 2


def test_branches_in_words_are_no_longer_exclusive() -> None:
    deep = [{"properties": {"in": {"properties": {f"p{i}": {"enum": [f"v{k}{i}"]} for i in range(30)}}}} for k in range(3)]
    branches = [{"type": "object", "properties": {f"k{i}": deep[i]}, "required": [f"k{i}"]} for i in range(3)]
    found = compact({"type": "object", "properties": {"one": {"oneOf": branches}}}, 1500)
    assert "oneOf" not in found["properties"]["one"]
    assert all(f"k{i}" in json.dumps(found["properties"]["one"]["anyOf"]) for i in range(3))


def test_small_properties_stand_together_in_the_words_of_their_object() -> None:
    options = {f"method_{i}": {"properties": {"use": {"enum": ["none", f"off_{i}"]}}} for i in range(40)}
    big = {"properties": {f"bank_{i}": {"enum": [f"bank_{i}_{j}" for j in range(30)]} for i in range(8)}}
    found = compact(
        {"type": "object", "properties": {"options": {"type": "object", "properties": {**options, "big": big}}}}, 5500
    )
    shown = found["properties"]["options"]
    assert shown["description"].startswith("Also {")
    assert shown["additionalProperties"] is True
    assert all(f"off_{i}" in json.dumps(shown) for i in range(40))
    assert size(found) <= 5500


def test_what_is_named_at_the_top_stays_there() -> None:
    properties = {f"p{i}": {"type": "object", "properties": dict.fromkeys("abcdefgh", TEXT)} for i in range(150)}
    found = compact({"type": "object", "properties": properties})
    assert found["properties"].keys() == properties.keys()
    assert size(found) <= SIZE


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_nothing_that_a_value_is_held_to_is_lost(schemas: Any, data: st.DataObject) -> None:
    shown = inline({"type": "object", "properties": {name: data.draw(schemas) for name in "abc"}})
    found = compact(shown, data.draw(st.sampled_from([200, 500, 2000])))
    seen = "\n".join(texts(found))
    assert [fact for fact in facts(shown) if fact[0] not in seen and fact[1] not in seen] == []
    assert "\0" not in json.dumps(found).replace("\\u0000", "\0")
    jsonschema_rs.Draft202012Validator(found)
    assert set(found.get("properties", {})) == set(shown.get("properties", {}))


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_remembered_of_other_schemas_changes_nothing(schemas: Any, data: st.DataObject) -> None:
    memory = Memory()
    parts = {name: data.draw(schemas) for name in "abc"}
    for names in ("ab", "bc", "ab", "ca"):
        shown = inline({"type": "object", "properties": {name: parts[name] for name in names}})
        found = compact(shown, 300, memory=memory)
        assert json.dumps(found) == json.dumps(compact(shown, 300))
        found.clear()  # who gets one may change it


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_may_be_changed_says_the_same_as_a_copy(schemas: Any, data: st.DataObject) -> None:
    definitions = {name: data.draw(schemas) for name in "ab"}
    parts = {f"p{i}": {"$ref": f"#/$defs/{'ab'[i % 2]}"} for i in range(4)}
    root = {"type": "object", "properties": parts, "$defs": definitions}
    for limit in (300, 900):
        assert json.dumps(compact(inline(root), limit, changeable=True)) == json.dumps(compact(inline(root), limit))


def test_memory_forgets_what_would_take_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio.schema.compact._REMEMBERED", 3)
    monkeypatch.setattr("composio.schema.compact._LAST_MADE", 1)
    memory = Memory()
    for number in (1, 2, 1, 3, 2):
        parts = {f"p{i}": {**ADDRESS, "description": f"{number} {i % 3}"} for i in range(9)}
        shown: Schema = {"type": "object", "properties": parts}
        assert compact(shown, 1500, memory=memory) == compact(shown, 1500)
