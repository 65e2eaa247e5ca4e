"""Alternatives that a property tells apart: said in the schema, where models and validators see it."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}}
DOG = {"type": "object", "properties": {"kind": {"type": "string"}, "tricks": {"type": "array", "items": {"type": "string"}}}}
REFS = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]


def imported(make: Any, schema: Any, version: str = "3.0.3", **schemas: Any) -> Any:
    holder = {"type": "object", "properties": {"pet": schema}}
    components = {"schemas": {"Cat": CAT, "Dog": DOG, **schemas}}
    return make.one(make.operation("A", requestBody=make.body(holder)), version=version, components=components).action


def kinds(action: Any, keyword: str = "oneOf") -> list[Any]:
    return [branch["properties"]["kind"] for branch in action.parameters["properties"]["pet"][keyword]]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_the_mapping_becomes_the_value_of_each_branch(make: Any, version: str, keyword: str) -> None:
    mapping = {"cat": "#/components/schemas/Cat", "kitten": "Cat", "dog": "Dog"}
    action = imported(make, {keyword: REFS, "discriminator": {"propertyName": "kind", "mapping": mapping}}, version)
    assert kinds(action, keyword) == [{"type": "string", "enum": ["cat", "kitten"]}, {"type": "string", "enum": ["dog"]}]
    assert [b["required"] for b in action.parameters["properties"]["pet"][keyword]] == [["kind"], ["kind"]]
    validator = jsonschema_rs.validator_for(dict(action.validation))
    assert validator.is_valid({"pet": {"kind": "kitten", "lives": 9}})
    assert not validator.is_valid({"pet": {"kind": "bird"}})
    assert not validator.is_valid({"pet": {"tricks": []}})


def test_without_a_mapping_the_schema_s_name_is_the_value(make: Any) -> None:
    action = imported(make, {"oneOf": REFS, "discriminator": {"propertyName": "kind"}})
    assert [k["enum"] for k in kinds(action)] == [["Cat"], ["Dog"]]
    assert [b.get("required") for b in action.parameters["properties"]["pet"]["oneOf"]] == [["kind"], None]


def test_what_a_branch_says_itself_counts(make: Any) -> None:
    cat = {"type": "object", "properties": {"kind": {"type": "string", "enum": ["tabby"]}}}
    dog = {"type": "object", "properties": {"kind": {"enum": ["dog", "wolf", "fox"]}}}
    mapping = {"cat": "Cat", "dog": "Dog", "wolf": "Dog", "hound": "Dog"}
    action = imported(make, {"oneOf": REFS, "discriminator": {"propertyName": "kind", "mapping": mapping}}, Cat=cat, Dog=dog)
    assert [k["enum"] for k in kinds(action)] == [["tabby"], ["dog", "wolf"]]


def test_a_property_that_no_branch_declares_is_asked_for_where_the_mapping_has_it(make: Any) -> None:
    bare = {"type": "object", "properties": {"name": {"type": "string"}}}
    discriminator = {"propertyName": "kind", "mapping": {"cat": "Cat"}}
    action = imported(make, {"oneOf": REFS, "discriminator": discriminator}, Cat=bare, Dog=bare)
    cat, dog = action.parameters["properties"]["pet"]["oneOf"]
    assert (cat["properties"]["kind"], cat["required"]) == ({"enum": ["cat"]}, ["kind"])
    assert set(dog["properties"]) == {"name"}


def test_a_read_only_or_numeric_discriminator_is_left_alone(make: Any) -> None:
    dog = {"type": "object", "properties": {"kind": {"type": "integer"}}}
    cat = {"type": "object", "properties": {"kind": {"type": "string", "readOnly": True}, "lives": {"type": "integer"}}}
    mapping = {"cat": "Cat", "1": "Dog"}
    action = imported(make, {"oneOf": REFS, "discriminator": {"propertyName": "kind", "mapping": mapping}}, Cat=cat, Dog=dog)
    cat, dog = action.parameters["properties"]["pet"]["oneOf"]
    assert set(cat["properties"]) == {"lives"}
    assert dog["properties"]["kind"] == {"type": "integer"}


def test_branches_that_extend_one_base_take_its_discriminator(make: Any) -> None:
    base = {
        "type": "object",
        "properties": {"kind": {"type": "string", "default": "dog"}},
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "dog": "Dog"}},
    }
    extends = {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"name": {"type": "string"}}}]}
    action = imported(make, {"oneOf": REFS}, Pet=base, Cat=extends, Dog=extends)
    cat, dog = kinds(action)
    assert (cat["enum"], dog["enum"]) == (["cat"], ["dog"])
    assert ("default" in cat, dog["default"]) == (False, "dog")


def test_a_base_may_be_what_its_mapping_names(make: Any) -> None:
    base = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string", "description": "What it is."}},
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat", "dog": "Dog"}},
    }
    action = imported(make, {"$ref": "#/components/schemas/Pet"}, Pet=base)
    cat, dog = action.parameters["properties"]["pet"]["anyOf"]
    assert (cat["properties"]["kind"]["enum"], set(cat["properties"])) == (["cat"], {"kind", "lives"})
    assert (dog["properties"]["kind"]["enum"], set(dog["properties"])) == (["dog"], {"kind", "tricks"})


def test_a_base_names_the_values_of_what_is_not_described(make: Any) -> None:
    base = {
        "type": "object",
        "properties": {"kind": {"type": "string", "description": "What it is."}},
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/nowhere/Cat", "dog": "#/nowhere/Dog"}},
    }
    action = imported(make, {"$ref": "#/components/schemas/Pet"}, Pet=base)
    assert action.parameters["properties"]["pet"]["properties"]["kind"]["description"] == "What it is. One of cat, dog."


@pytest.mark.parametrize(
    "discriminator", [7, "kind", {}, {"propertyName": 3}, {"propertyName": "kind", "mapping": [1]}, {"mapping": {"a": "b"}}]
)
def test_a_discriminator_that_is_none_does_no_harm(make: Any, discriminator: Any) -> None:
    action = imported(make, {"oneOf": REFS, "discriminator": discriminator})
    assert len(action.parameters["properties"]["pet"]["oneOf"]) == 2
