"""Schemas that lead to the same parts along thousands of ways cost no more than their size: to compile, to check, to explain."""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.catalog.importers.fans import Fans, references_in
from composio.engine.arguments import Checker
from composio.errors import InvalidArguments
from composio.testing.upstream.generate import generate

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def fan(keyword: str, wide: int, levels: int, *, crossing: bool) -> dict[str, Schema]:
    """``levels`` of schemas, each of which is made of all of the next level, or of one of it several times."""
    found: dict[str, Schema] = {}
    for level in range(levels):
        parts = [ref(f"L{level + 1}_{w if crossing else 0}") for w in range(wide)]
        found |= {f"L{level}_{w}": {keyword: parts} for w in range(wide if crossing else 1)}
    last = {f"L{levels}_{w}": {"type": "object", "properties": {f"p{w}": {"type": "string"}}} for w in range(wide)}
    return {**found, **last}


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
@pytest.mark.parametrize(("wide", "crossing"), [(8, False), (2, True), (3, True)])
@pytest.mark.parametrize("place", ["body", "property"])
def test_twelve_levels_in_four_kilobytes_take_less_than_a_second(
    make: Any, keyword: str, wide: int, crossing: bool, place: str
) -> None:
    schemas = fan(keyword, wide, 12, crossing=crossing)
    assert len(json.dumps(schemas)) < 8 * 1024
    body = ref("L0_0") if place == "body" else {"type": "object", "properties": {"a": ref("L0_0")}}
    started = time.process_time()
    action = make.one(make.operation("Do", requestBody=make.body(body)), components={"schemas": schemas}).action
    is_flat = place == "body" and "body" not in action.validation["properties"]

    def whole(value: Any) -> Any:
        return value if is_flat else {"body": value} if place == "body" else {"a": value}

    assert Checker().check(action, whole({"p0": "x"})) == whole({"p0": "x"})
    wrong = {f"p{w}": [1] for w in range(wide)}
    if keyword == "allOf":
        with pytest.raises(InvalidArguments, match="p0"):
            Checker().check(action, whole(wrong))
    generate(action.validation, "seed")
    assert time.process_time() - started < 1


def definitions(draw: Any) -> dict[str, Schema]:
    """Layers of definitions, each made of some of the next, with words of their own here and there."""
    found: dict[str, Schema] = {"D0": {"type": "object", "properties": {"x0": {"type": "integer"}}}}
    count = draw(st.integers(3, 9))
    for index in range(1, count):
        keyword = draw(st.sampled_from(["allOf", "allOf", "anyOf"]))
        parts = draw(st.lists(st.integers(0, index - 1), min_size=1, max_size=4))
        schema: Schema = {keyword: [{"$ref": f"#/$defs/D{part}"} for part in parts]}
        if draw(st.booleans()):
            schema |= {"properties": {f"x{index}": {"type": "integer"}}}
        if keyword == "allOf" and draw(st.booleans()):
            schema["allOf"] = [*schema["allOf"], {"required": [f"x{draw(st.integers(0, count))}"]}]
        found[f"D{index}"] = schema
    return found


def settled(definitions: dict[str, Schema], at_once: int) -> dict[str, Schema]:
    """``definitions`` without their fans, ``at_once`` of them becoming known together."""
    known: dict[str, Schema] = {}
    fans, names = Fans(known), list(definitions)
    for start in range(0, len(names), at_once):
        new = names[start : start + at_once]
        known |= {name: definitions[name] for name in new}
        known |= fans.cut(new)
    return known


@settings(deadline=None)
@given(st.data())
def test_what_is_listed_instead_takes_the_same_values(data: st.DataObject) -> None:
    before = definitions(data.draw)
    after = settled(before, data.draw(st.integers(1, len(before))))
    names = st.sampled_from([f"x{index}" for index in range(10)])
    value = data.draw(st.dictionaries(names, st.one_of(st.integers(0, 3), st.just("text"))))
    for name in before:
        assert references_in(after[name]) <= after.keys()
        one, other = ({"$ref": f"#/$defs/{name}", "$defs": known} for known in (before, after))
        assert jsonschema_rs.Draft202012Validator(one).is_valid(value) == jsonschema_rs.Draft202012Validator(other).is_valid(
            value
        )


def test_an_ordinary_hierarchy_is_left_as_it_is() -> None:
    schemas: dict[str, Schema] = {
        "Base": {"type": "object"},
        "Cat": {"allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"claws": {}}}]},
        "Pet": {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Base"}]},
    }
    assert Fans(schemas).cut(list(schemas)) == {}


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
@pytest.mark.parametrize(("wide", "crossing"), [(8, False), (2, True), (3, True)])
@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_fans_whose_levels_become_known_one_after_the_other_are_cut(
    keyword: str, wide: int, crossing: bool, at_once: int
) -> None:
    schemas = json.loads(
        json.dumps(fan(keyword, wide, 12, crossing=crossing)).replace("#/components/schemas/", "#/$defs/"),
    )
    after = settled(dict(reversed(schemas.items())), at_once)

    def ways(name: str) -> int:
        return 1 + sum(ways(part["$ref"].removeprefix("#/$defs/")) for part in after[name].get(keyword, ()) if "$ref" in part)

    assert ways("L0_0") < 12 * wide * 10


def test_a_circle_is_no_fan() -> None:
    schemas = {"A": {"allOf": [{"$ref": "#/$defs/B"}] * 3}, "B": {"allOf": [{"$ref": "#/$defs/A"}] * 3}}
    Fans(schemas).cut(list(schemas))
