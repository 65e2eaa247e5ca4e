"""``allOf`` as one object: what its parts say together, and what they only seem to forbid each other."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
CLOSED = {"type": "object", "additionalProperties": False, "properties": {"id": {"type": "integer"}}}


def imported(make: Any, schema: Any, version: str = "3.0.3", **schemas: Any) -> Any:
    holder = {"type": "object", "required": ["thing"], "properties": {"thing": schema}}
    components = {"schemas": {"Named": NAMED, "Closed": CLOSED, **schemas}}
    return make.one(make.operation("A", requestBody=make.body(holder)), version=version, components=components).action


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def valid(action: Any, thing: Any) -> bool:
    return jsonschema_rs.validator_for(dict(action.validation)).is_valid({"thing": thing})


def test_parts_become_one_object(make: Any) -> None:
    own = {
        "description": "Mine.",
        "required": ["size"],
        "properties": {"name": {"type": "string", "maxLength": 9, "description": "Short."}, "size": {"enum": ["s", "m"]}},
    }
    base = {**NAMED, "description": "Theirs.", "properties": {**NAMED["properties"], "size": {"enum": ["m", "l"]}}}  # type: ignore[dict-item]
    action = imported(make, {"allOf": [ref("Base"), own]}, Base=base)
    assert action.parameters["properties"]["thing"] == {
        "type": "object",
        "description": "Mine.",
        "required": ["name", "size"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 9, "description": "Short."},
            "size": {"enum": ["m"]},
        },
    }
    assert valid(action, {"name": "a", "size": "m"})
    assert not valid(action, {"name": "a", "size": "l"})


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [ref("Closed"), ref("Named")]},
        {"allOf": [ref("Named"), CLOSED]},
        {"additionalProperties": False, "allOf": [ref("Named")], "properties": {"id": {"type": "integer"}}},
        {"allOf": [{"allOf": [ref("Closed"), {"type": "object"}]}, ref("Named")]},
    ],
)
def test_closed_parts_close_the_whole_and_not_each_other(make: Any, version: str, schema: Any) -> None:
    action = imported(make, schema, version)
    assert valid(action, {"id": 1, "name": "a"})
    assert not valid(action, {"id": 1, "name": "a", "other": 1})
    shown = action.parameters["properties"]["thing"]
    assert (set(shown["properties"]), shown["additionalProperties"]) == ({"id", "name"}, False)


def test_a_closed_schema_is_closed_where_it_stands_alone(make: Any) -> None:
    action = imported(make, {"anyOf": [ref("Closed"), {"allOf": [ref("Closed"), ref("Named")]}]})
    assert valid(action, {"id": 1, "name": "a"})
    assert not valid(action, {"id": 1, "other": 2})
    assert not valid(action, {"name": "a", "other": 2})


def test_what_contradicts_itself_stays_as_it_was_written(make: Any) -> None:
    action = imported(make, {"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "z$"}]})
    assert action.parameters["properties"]["thing"]["allOf"][1] == {"pattern": "z$"}
    assert valid(action, "a to z")
    assert not valid(action, "a to b")


def test_siblings_of_a_reference_count_in_31_and_their_texts_in_30(make: Any) -> None:
    beside = {**ref("Named"), "description": "Whoever owns it.", "required": ["id"], "default": {"name": "x"}}
    old, new = (imported(make, beside, version).parameters["properties"]["thing"] for version in ("3.0.3", "3.1.0"))
    assert (old["description"], old["default"], old["required"]) == ("Whoever owns it.", {"name": "x"}, ["name"])
    assert (new["description"], new["required"]) == ("Whoever owns it.", ["name", "id"])
    assert "default" not in new, "a default without its required id fits nothing"


def test_types_of_31_and_nullable_of_30_mean_the_same(make: Any) -> None:
    old = imported(make, {"type": "string", "nullable": True, "enum": ["a"]}).parameters["properties"]["thing"]
    new = imported(make, {"type": ["string", "null"], "enum": ["a", None]}, "3.1.0").parameters["properties"]["thing"]
    assert old == new == {"type": ["string", "null"], "enum": ["a", None]}


def test_keywords_of_31_are_kept(make: Any) -> None:
    schema = {
        "type": "object",
        "$defs": {"Point": {"type": "array", "prefixItems": [{"type": "number"}, {"const": "north"}], "items": False}},
        "properties": {"at": {"$ref": "#/components/schemas/Place/$defs/Point"}, "kind": {"const": "town"}},
    }
    action = imported(make, ref("Place"), "3.1.0", Place=schema)
    shown = action.parameters["properties"]["thing"]["properties"]
    assert shown["at"]["prefixItems"] == [{"type": "number"}, {"const": "north"}]
    assert shown["kind"] == {"const": "town"}
    assert valid(action, {"at": [1, "north"], "kind": "town"})
    assert not valid(action, {"at": [1, "south"]})


def test_path_items_may_be_shared_and_share_their_parameters(make: Any) -> None:
    components = {
        "pathItems": {
            "Thing": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "get": make.operation("Get it", parameters=[{"name": "id", "in": "query", "schema": {"type": "integer"}}]),
                "delete": make.operation("Delete it"),
            }
        },
        "parameters": {"Id": {"name": "id", "in": "query", "required": True, "schema": {"type": "string"}}},
    }
    doc = make.document({"/things": {"$ref": "#/components/pathItems/Thing"}}, "3.1.0", components=components)
    get, delete = (i.action.parameters for i in make.load(doc))
    assert get["properties"]["id"] == {"type": "integer"}
    assert (delete["properties"]["id"], delete["required"]) == ({"type": "string"}, ["id"])
