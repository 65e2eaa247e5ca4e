"""A provider gets only names and lengths that it takes."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.schema.dialect import ANTHROPIC, GEMINI, IDENTIFIERS, OPENAI_STRICT, PLAIN, Dialect
from composio.schema.inline import inline
from composio.schema.keywords import subschemas
from composio.schema.names import property_aliases
from composio.schema.restore import restore
from composio.schema.shape import shape, shorten
from composio.schema.validate import compile_validator
from composio.testing.model.wire import schema_problem
from composio.testing.upstream.generate import generate

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "$top": {"type": "integer", "description": "How many."},
        "from": {"type": "string"},
        "filter": {"type": "array", "items": {"type": "object", "properties": {"page[size]": {}}, "required": ["page[size]"]}},
    },
    "required": ["$top", "from"],
}


def test_keys_and_required_names_change_together_at_every_depth() -> None:
    shaped = shape(SCHEMA)
    assert list(shaped["properties"]) == ["top", "from", "filter"]
    assert shaped["required"] == ["top", "from"]
    inner = shaped["properties"]["filter"]["items"]
    assert list(inner["properties"]) == ["page_size"]
    assert inner["required"] == ["page_size"]


def test_an_alias_tells_the_real_name() -> None:
    shaped = shape(SCHEMA, Dialect(identifiers=True))
    assert shaped["properties"]["top"]["description"] == "Sent as '$top'. How many."
    assert shaped["properties"]["from_"]["description"] == "Sent as 'from'."


def test_descriptions_are_cut_between_words() -> None:
    shaped = shape({"type": "object", "description": "word " * 50, "properties": {}}, Dialect(description_limit=32))
    assert shaped["description"] == "word word word word word word…"
    assert shorten("x" * 40, 10) == "x" * 9 + "…"
    assert shorten("xyz", 1) == "x"


def test_a_property_called_description_is_a_property() -> None:
    schema = {"type": "object", "properties": {"description": {"type": "string", "enum": ["x" * 50]}}}
    assert shape(schema, Dialect(description_limit=5)) == schema


def test_every_array_says_what_it_holds() -> None:
    number, text = {"type": "integer"}, {"type": "string"}
    arrays = {
        "bare": ({"type": "array"}, {}),
        "nullable": ({"type": ["array", "null"]}, {}),
        "pair": ({"type": "array", "prefixItems": [number, number], "maxItems": 2}, number),
        "mixed": ({"type": "array", "prefixItems": [number, text, number], "maxItems": 3}, {"anyOf": [number, text]}),
        "open": ({"type": "array", "prefixItems": [number]}, {}),
        "listed": ({"type": "array", "items": text}, text),
    }
    shaped = shape({"type": "object", "properties": {name: schema for name, (schema, _) in arrays.items()}})
    assert {name: schema["items"] for name, schema in shaped["properties"].items()} == {
        name: items for name, (_, items) in arrays.items()
    }


def test_the_input_is_not_changed() -> None:
    shaped = shape(SCHEMA)
    shaped["properties"]["filter"]["items"]["required"].append("x")
    assert SCHEMA["properties"]["filter"]["items"]["required"] == ["page[size]"]
    assert "top" not in SCHEMA["properties"]


def _keys(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {key for child in schema for key in _keys(child)}
    if not isinstance(schema, dict):
        return set()
    inner = schema.get("properties") or {}
    own = set(inner)
    rest = [child for keyword, child in schema.items() if keyword in ("items", "anyOf", "oneOf", "allOf")]
    return own | _keys([*inner.values(), *rest])


def _keywords(schema: Any) -> set[str]:
    if not isinstance(schema, dict):
        return set()
    return set(schema).union(*(_keywords(child) for _, _, child in subschemas(schema)))


ALL = [PLAIN, OPENAI_STRICT, ANTHROPIC, GEMINI, IDENTIFIERS]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_key_fits(schemas: Any, data: st.DataObject) -> None:
    shown = inline(data.draw(schemas))
    for dialect in ALL:
        for key in _keys(shape(shown, dialect)):
            assert re.fullmatch(dialect.key_pattern, key)
            assert key.isidentifier() or not dialect.identifiers


@given(st.data(), st.sampled_from(ALL))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_shaping_is_stable_and_leaves_nothing_dangling(schemas: Any, data: st.DataObject, dialect: Dialect) -> None:
    schema = data.draw(schemas)
    before = json.dumps(schema)
    shaped = shape(schema, dialect)
    assert json.dumps(schema) == before
    assert json.dumps(shaped) == json.dumps(shape(schema, dialect)), "the same each time"
    assert json.dumps(shape(shaped, dialect)) == json.dumps(shaped), "nothing left to do"
    assert schema_problem(shaped) is None
    assert "$ref" not in _keywords(shaped)
    assert not {"anyOf", "oneOf", "allOf", "not"} & shaped.keys()
    if dialect.understood is not None:
        assert _keywords(shaped) <= dialect.understood


@given(st.data(), st.sampled_from(ALL), st.integers(300, 3000))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_definition_is_too_large(schemas: Any, data: st.DataObject, dialect: Dialect, limit: int) -> None:
    small = replace(dialect, size_limit=limit)
    shaped = shape(data.draw(schemas), small, beside=100)
    assert len(json.dumps(shaped)) <= limit - 100
    assert schema_problem(shaped) is None


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_required_names_stay_required(schemas: Any, data: st.DataObject) -> None:
    shown = inline(data.draw(schemas))
    aliases = property_aliases(shown["properties"])
    for dialect in (PLAIN, GEMINI):
        shaped = shape(shown, dialect)
        assert {aliases[name] for name in shown.get("required", ())} <= set(shaped.get("required", ()))


@given(st.data(), st.sampled_from([PLAIN, IDENTIFIERS]), st.text(max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_fits_the_shown_schema_is_accepted(schemas: Any, data: st.DataObject, dialect: Dialect, seed: str) -> None:
    schema = data.draw(schemas)
    shaped = shape(schema, dialect)
    value = generate(shaped, seed)
    fits_shown, is_folded = compile_validator(shaped).is_valid(value), "Free-form" in json.dumps(shaped)
    if fits_shown and not is_folded and not _keywords(schema) & {"readOnly", "anyOf", "oneOf"}:
        assert compile_validator(schema).problems(restore(value, schema)) == []


@given(st.data(), st.sampled_from(ALL))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_enum_default_or_bound_is_lost(schemas: Any, data: st.DataObject, dialect: Dialect) -> None:
    shown = inline(data.draw(schemas))
    told = json.dumps(shape(shown, dialect))
    for keyword in ("enum", "default", "minimum"):
        if f'"{keyword}": ' in json.dumps(shown):
            assert keyword in told or (keyword == "enum" and "const" in told) or "\\u2026" in told


UNION: dict[str, Any] = {
    "type": "object",
    "properties": {"$id": {"type": "string"}, "note": {"type": "string"}},
    "required": ["note"],
    "oneOf": [
        {"required": ["$id"], "properties": {"kind": {"const": "old"}}},
        {"required": ["kind", "name"], "properties": {"kind": {"const": "new"}, "name": {"type": "string"}}},
    ],
}


def test_a_union_of_the_whole_becomes_properties_and_a_sentence() -> None:
    shaped = shape(UNION)
    assert set(shaped) == {"type", "properties", "required", "description"}
    assert shaped["required"] == ["note"]
    assert shaped["properties"]["kind"] == {"enum": ["old", "new"]}
    assert shaped["properties"]["name"] == {"type": "string"}
    assert shaped["description"] == "Give id, or kind and name."


def test_required_names_of_a_branch_are_spelled_as_the_properties_beside_it() -> None:
    schema = {"properties": {"o": {"properties": {"$id": {}, "b": {}}, "anyOf": [{"required": ["$id"]}, {"required": ["b"]}]}}}
    inner = shape(schema)["properties"]["o"]
    assert list(inner["properties"]) == ["id", "b"]
    assert [branch["required"] for branch in inner["anyOf"]] == [["id"], ["b"]]


def test_gemini_reads_in_words_what_it_would_not_see() -> None:
    schema = {
        "type": "object",
        "properties": {
            "size": {"type": "integer", "exclusiveMinimum": 0, "default": 5, "description": "How many."},
            "name": {"type": "string", "pattern": "^a", "minLength": 1},
            "kind": {"const": "x"},
            "flag": {"enum": [True, None]},
            "state": {"type": ["string", "null"], "enum": ["open", None]},
            "both": {"allOf": [{"type": "string"}, {"maxLength": 3}]},
        },
    }
    shown = shape(schema, GEMINI)["properties"]
    assert shown["size"] == {"type": "integer", "minimum": 1, "description": "How many. (default: 5)"}
    assert shown["name"] == {"type": "string", "description": '(pattern: "^a", minLength: 1)'}
    assert shown["kind"] == {"enum": ["x"]}
    assert shown["flag"] == {"description": "(one of: [true, null])"}
    assert shown["state"] == {"type": ["string", "null"], "enum": ["open"]}
    assert shown["both"] == {"type": "string", "description": "(maxLength: 3)"}


def test_parts_that_only_merge_at_their_top_are_put_in_words_below() -> None:
    lists = [{"type": "array", "items": {"anyOf": [{"type": kind}]}} for kind in ("string", "integer")]
    shown = shape({"type": "object", "properties": {"a": {"allOf": lists}}}, GEMINI)
    assert "allOf" not in shown["properties"]["a"]["items"]
    assert shown["properties"]["a"]["items"]["description"].startswith("(allOf: ")
    assert shape(shown, GEMINI) == shown


def test_words_stay_where_a_description_is_cut() -> None:
    schema = {"properties": {"a": {"type": "string", "default": "x", "description": "word " * 400}}}
    text = shape(schema, GEMINI)["properties"]["a"]["description"]
    assert len(text) <= 1024
    assert text.endswith('… (default: "x")')


def test_what_nobody_can_set_is_not_offered() -> None:
    schema = {"type": "object", "properties": {"id": {"readOnly": True}, "name": {}}, "required": ["id", "name"]}
    assert shape(schema) == {"type": "object", "properties": {"name": {}}, "required": ["name"]}


def test_a_schema_that_refers_is_written_out() -> None:
    schema = {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "integer", "minimum": 1}}}
    assert shape(schema) == {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}


def test_the_strict_form_is_used_where_there_is_one() -> None:
    closed = shape({"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}, OPENAI_STRICT)
    assert closed["required"] == ["a", "b"]
    assert closed["properties"]["b"]["type"] == ["integer", "null"]
    assert closed["additionalProperties"] is False
    free = {"type": "object", "properties": {"a": {"type": "object"}}}
    assert shape(free, OPENAI_STRICT) == free


def test_a_large_schema_is_folded_in_little_time() -> None:
    wide = {f"p{i}": {"type": "object", "properties": {f"q{j}": {"enum": ["x" * 20]} for j in range(50)}} for i in range(1000)}
    before = time.process_time()
    shaped = shape({"type": "object", "properties": wide, "required": ["p999"]})
    assert time.process_time() - before < 2
    assert len(json.dumps(shaped)) <= 32 * 1024
    assert shaped["required"] == ["p999"]
    assert "q49" in json.dumps(shaped["properties"]["p999"])
