"""A tag that a model left out is filled in only where nothing else could be meant."""

from __future__ import annotations

from typing import Any

import pytest

from composio.schema.repair import repair
from composio.schema.validate import compile_validator

TEXT = {"type": "string"}


def branch(kind: str, *names: str, **more: Any) -> dict[str, Any]:
    properties = {"kind": {"const": kind}, **dict.fromkeys(names, TEXT)}
    return {"type": "object", "properties": properties, "required": ["kind"], **more}


UNION = {"anyOf": [branch("cat", "name", "claws"), branch("dog", "name", "tricks")]}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ({"claws": "2"}, {"kind": "cat", "claws": "2"}),
        ({"name": "Rex", "tricks": "sit"}, {"kind": "dog", "name": "Rex", "tricks": "sit"}),
        ({"name": "Rex"}, {"name": "Rex"}),
        ({"claws": "2", "tricks": "sit"}, {"claws": "2", "tricks": "sit"}),
        ({}, {}),
        ({"kind": "bird", "claws": "2"}, {"kind": "bird", "claws": "2"}),
        ("cat", "cat"),
    ],
)
def test_a_branch_that_alone_knows_what_was_given_is_meant(value: Any, meant: Any) -> None:
    schema = {"type": "object", "properties": {"pet": UNION, "pets": {"type": "array", "items": UNION}}}
    assert repair({"pet": value}, schema) == {"pet": meant}
    assert repair({"pets": [value]}, schema) == {"pets": [meant]}


def test_conditions_on_a_tag_tell_which_of_its_values_is_meant() -> None:
    def case(kind: str, **then: Any) -> dict[str, Any]:
        return {"if": {"properties": {"kind": {"enum": [kind]}}, "required": ["kind"]}, "then": {"properties": then}}

    schema = {
        "properties": {"kind": {"enum": ["cat", "dog"]}, "name": TEXT, "claws": TEXT, "tricks": TEXT},
        "required": ["kind"],
        "allOf": [case("cat", claws={}, tricks=False), case("dog", tricks={})],
    }
    assert repair({"claws": "2"}, schema) == {"kind": "cat", "claws": "2"}
    assert repair({"tricks": "2", "name": "x"}, schema) == {"kind": "dog", "tricks": "2", "name": "x"}
    assert repair({"name": "x"}, schema) == {"name": "x"}


@pytest.mark.parametrize("only", [{"const": "v1"}, {"enum": ["v1"]}, {"type": "string", "default": "v1"}])
def test_a_required_property_with_one_value_or_a_default_is_filled_in(only: Any) -> None:
    schema = {
        "properties": {"version": only, "of": {"properties": {"version": only}, "required": ["version"]}},
        "required": ["version"],
    }
    assert repair({"of": {}}, schema) == {"of": {"version": "v1"}, "version": "v1"}
    assert repair({"of": {"version": "v1"}, "version": "v1"}, schema) == {"of": {"version": "v1"}, "version": "v1"}


@pytest.mark.parametrize("open_one", [{"enum": ["a", "b"]}, TEXT, {"default": None}])
def test_a_required_property_with_a_choice_is_left_to_whoever_calls(open_one: Any) -> None:
    assert repair({}, {"properties": {"version": open_one}, "required": ["version"]}) == {}


def test_a_default_is_never_what_chooses_a_branch() -> None:
    branches = [{"properties": {"mode": {"type": "string", "default": m}, m: TEXT}, "required": ["mode"]} for m in "ab"]
    schema = {"properties": {"x": {"anyOf": branches}}}
    assert repair({"x": {"b": "1"}}, schema) == {"x": {"b": "1"}}
    assert not compile_validator(schema).is_valid({"x": {"b": "1"}})
