"""What a model is shown stands for itself, keeps what it says, and has a bounded size whatever it is made from."""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.schema.inline import inline
from composio.schema.prose import clean


def size(schema: Any) -> int:
    return len(json.dumps(schema).encode())


def test_references_are_written_out_and_their_siblings_win() -> None:
    schema = {
        "type": "object",
        "properties": {"who": {"$ref": "#/$defs/User", "description": "The assignee."}},
        "$defs": {
            "User": {"type": "object", "description": "A user.", "properties": {"id": {"type": "integer", "minimum": 1}}}
        },
    }
    assert inline(schema) == {
        "type": "object",
        "properties": {
            "who": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}}, "description": "The assignee."}
        },
    }


def test_recursion_is_cut_into_a_stub_that_says_so() -> None:
    schema = {
        "type": "object",
        "properties": {"block": {"$ref": "#/$defs/Block"}},
        "$defs": {
            "Block": {
                "type": "object",
                "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Block"}}},
            }
        },
    }
    items = inline(schema)["properties"]["block"]["properties"]["children"]["items"]
    assert items == {"type": "object", "description": "Free-form; nests Block again."}


def test_a_reference_to_nothing_or_to_itself_becomes_free_form() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/None"}, "b": {"$ref": "#/$defs/Loop"}, "c": {"$ref": "https://x.test/y"}},
        "$defs": {"Loop": {"$ref": "#/$defs/Loop"}},
    }
    properties = inline(schema)["properties"]
    assert all(properties[name]["type"] == "object" for name in "abc")


def test_all_of_objects_becomes_one_object() -> None:
    schema = {
        "allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"b": {"type": "integer"}}, "required": ["b"]}],
        "$defs": {"Base": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}},
    }
    assert inline(schema) == {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    }


def test_all_of_that_one_schema_cannot_say_stays() -> None:
    schema = {"properties": {"a": {"allOf": [{"pattern": "^x"}, {"pattern": "y$"}]}}}
    assert inline(schema)["properties"]["a"] == {"allOf": [{"pattern": "^x"}, {"pattern": "y$"}]}


def test_read_only_properties_go_and_are_not_required() -> None:
    schema = {
        "properties": {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}},
        "required": ["id", "name"],
    }
    assert inline(schema) == {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def test_a_response_keeps_its_type_and_what_is_read_only() -> None:
    user = {"properties": {"id": {"type": "string", "readOnly": True}, "password": {"type": "string", "writeOnly": True}}}
    schema = {"type": "array", "items": {"$ref": "#/$defs/User"}, "$defs": {"User": user}}
    assert inline(schema, response=True) == {"type": "array", "items": {"properties": {"id": {"type": "string"}}}}


def test_a_whole_that_refers_to_nothing_is_an_empty_object() -> None:
    assert inline({"$ref": "#/$defs/None"}) == {"type": "object", "properties": {}}


def test_a_response_that_cannot_be_made_small_says_that_it_is_free_form() -> None:
    small = inline({"anyOf": [{"enum": ["x" * 500]}]}, limit=200, response=True)
    assert size(small) <= 200


def test_noise_goes_and_properties_called_like_it_stay() -> None:
    schema = {
        "title": "T",
        "properties": {"title": {"type": "string", "title": "Title", "examples": ["x"], "deprecated": True}},
    }
    assert inline(schema) == {"type": "object", "properties": {"title": {"type": "string"}}}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("<p>Lists <b>all</b> issues</p>", "Lists all issues"),
        ("a &amp; b", "a & b"),
        ("the <owner> of it", "the <owner> of it"),
        ("one\n\n   two   three", "one\ntwo three"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("<p>Returns &amp; <b>lists</b></p>", "Returns & lists"),
        ("See [the docs](https://x.test/a_(b)) for `<owner>`", "See the docs for `<owner>`"),
        ("> [!NOTE]\n> **Beta** only", "Beta only"),
        ("## Head\n\n\nText  here", "Head\nText here"),
        ("a < b and __init__ stays", "a < b and __init__ stays"),
    ],
)
def test_descriptions_lose_markup_only(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_what_is_too_large_folds_deep_optional_parts_first() -> None:
    deep = {"type": "object", "properties": {f"p{i}": {"type": "string", "enum": [f"v{i}" * 5]} for i in range(50)}}
    schema = {
        "properties": {
            "needed": {"type": "object", "properties": {"inner": deep}, "required": ["inner"]},
            "extra": {"type": "object", "properties": {"inner": deep}},
        },
        "required": ["needed"],
    }
    small = inline(schema, limit=4000)
    assert size(small) <= 4000
    assert small["properties"]["needed"]["properties"]["inner"]["properties"]["p49"]["enum"] == ["v49" * 5]
    assert "Free-form" in small["properties"]["extra"]["properties"]["inner"]["description"]


def test_a_description_goes_before_an_enum() -> None:
    schema = {"properties": {"a": {"type": "string", "enum": ["x" * 50], "default": "d", "description": "words " * 100}}}
    assert inline(schema, limit=250)["properties"]["a"] == {"type": "string", "enum": ["x" * 50], "default": "d"}


def test_a_root_with_too_many_properties_keeps_the_required_ones() -> None:
    schema = {"properties": {f"property_{i}": {"type": "string"} for i in range(2000)}, "required": ["property_1999"]}
    small = inline(schema, limit=3000)
    assert size(small) <= 3000
    assert "property_1999" in small["properties"]
    assert len(small["properties"]) > 10


def test_an_array_that_is_folded_still_says_what_it_holds() -> None:
    schema = {"properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"b": {"enum": ["x" * 900]}}}}}}
    assert inline(schema, limit=400)["properties"]["a"]["items"] == {
        "type": "object",
        "description": "Free-form object; properties: b.",
    }


def test_mutual_recursion_costs_no_more_than_its_result() -> None:
    names = [f"D{i}" for i in range(60)]
    everything = {f"to_{name}": {"$ref": f"#/$defs/{name}"} for name in names}
    schema = {"properties": everything, "$defs": {name: {"type": "object", "properties": everything} for name in names}}
    before = time.process_time()
    assert size(inline(schema)) <= 30 * 1024
    assert time.process_time() - before < 2


def test_all_of_that_doubles_at_every_step_ends() -> None:
    definitions = {f"D{i}": {"allOf": [{"$ref": f"#/$defs/D{i + 1}"}] * 2} for i in range(64)}
    schema = {"properties": {"a": {"$ref": "#/$defs/D0"}}, "$defs": {**definitions, "D64": {"type": "string"}}}
    assert inline(schema)["properties"]["a"] == {"type": "string"}


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_schema_becomes_self_contained_valid_and_bounded(schemas: Any, data: st.DataObject) -> None:
    schema = data.draw(schemas)
    limit = data.draw(st.sampled_from([300, 1000, 30 * 1024]))
    before = json.dumps(schema)
    shown = inline(schema, limit=limit, response=data.draw(st.booleans()))
    text = json.dumps(shown)
    assert len(text) <= limit
    assert '"$ref"' not in text
    assert "\\u0000" not in text
    jsonschema_rs.Draft202012Validator(dict(shown))
    assert json.dumps(schema) == before


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_fits_the_whole_schema_fits_what_is_shown(schemas: Any, values: Any, data: st.DataObject) -> None:
    schema, value = data.draw(schemas), data.draw(values)
    if "readOnly" in json.dumps(schema) or "oneOf" in json.dumps(schema):
        return  # dropping a read-only property, or cutting a branch, may change how many branches of a oneOf fit
    if jsonschema_rs.Draft202012Validator(schema).is_valid(value) and "nests" not in json.dumps(inline(schema)):
        assert jsonschema_rs.Draft202012Validator(dict(inline(schema))).is_valid(value)


def test_an_enum_of_thousands_names_a_few_and_hides_no_property() -> None:
    zones = [f"Area/City_{n:05}" for n in range(3000)]
    zone = {"type": "string", "description": "Where.", "enum": zones}
    found = inline({"type": "object", "properties": {"zone": zone, "at": {"type": "string", "enum": zones[:9]}}})
    assert found["properties"]["at"] == {"type": "string", "enum": zones[:9]}
    assert found["properties"]["zone"]["type"] == "string"
    assert found["properties"]["zone"]["description"].startswith('One of 3000 values, such as "Area/City_00000", ')
    assert found["properties"]["zone"]["description"].endswith(" Where.")


def test_a_property_that_nobody_may_set_is_not_shown() -> None:
    schema = {"allOf": [{"properties": {"a": {"type": "string"}, "b": {}}, "required": ["b"]}, {"properties": {"a": False}}]}
    assert inline(schema) == {"type": "object", "properties": {"b": {}}, "required": ["b"]}
