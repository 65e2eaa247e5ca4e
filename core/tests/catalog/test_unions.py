"""Unions that nothing would fit by the letter: what any of their branches takes is taken, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from composio.engine.arguments import Checker
from composio.errors import InvalidArguments
from composio.model.action import ActionModel
from composio.testing import FakeUpstream
from composio.testing.exchange import Request

TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}


def imported(make: Any, schema: Any, version: str = "3.0.3", **schemas: Any) -> ActionModel:
    holder = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    node = make.operation("Do", requestBody=make.body(holder))
    found: ActionModel = make.one(node, version=version, components={"schemas": schemas}).action
    return found


def takes(action: ActionModel, value: Any) -> bool:
    try:
        return bool(Checker().check(action, {"a": value}) == {"a": value})
    except InvalidArguments:
        return False


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize("kind", ["object", "array"])
def test_a_type_that_no_branch_has_does_not_count(make: Any, version: str, keyword: str, kind: str) -> None:
    action = imported(make, {"type": kind, keyword: [TEXT, {"$ref": "#/components/schemas/Number"}]}, version, Number=NUMBER)
    assert takes(action, "x")
    assert takes(action, 3)
    assert not takes(action, [[1]])
    shown = action.parameters["properties"]["a"]
    assert (shown.get("type"), shown[keyword]) == (None, [TEXT, NUMBER])


def test_a_type_that_some_branches_have_does_not_rule_out_the_others(make: Any) -> None:
    action = imported(make, {"type": "object", "oneOf": [{"properties": {"id": NUMBER}, "required": ["id"]}, TEXT]})
    assert takes(action, {"id": 3})
    assert takes(action, "3")
    assert not takes(action, {"id": "x"})
    assert takes(imported(make, {"type": "string", "anyOf": [TEXT, {"type": "null"}]}, "3.1.0"), None)


def test_a_branch_without_a_type_keeps_the_one_beside_the_union(make: Any) -> None:
    action = imported(make, {"type": "object", "oneOf": [{"minProperties": 1}, TEXT]})
    assert takes(action, {"x": 1})
    assert not takes(action, 7)


def test_a_type_that_all_branches_can_have_counts(make: Any) -> None:
    schema = {"type": "string", "anyOf": [{"enum": ["a", "b"]}, {"pattern": "^x"}]}
    assert imported(make, schema).parameters["properties"]["a"]["type"] == "string"
    assert imported(make, {"type": "number", "oneOf": [NUMBER]}).parameters["properties"]["a"]["type"] == "number"


LEVEL: dict[str, Any] = {"type": "string", "enum": ["low", "high"]}
EITHER: dict[str, Any] = {"oneOf": [TEXT, NUMBER]}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "values", "refused"),
    [
        ({"type": "object", "allOf": [{"$ref": "#/components/schemas/Level"}]}, ["low"], "x"),
        ({"type": "object", "allOf": [{"$ref": "#/components/schemas/Either"}]}, ["x", 3], [3]),
        ({"allOf": [{"$ref": "#/components/schemas/Either"}, {"type": "object", "description": "Which."}]}, ["x", 3], [3]),
        ({"allOf": [{"type": "object"}, {"oneOf": [TEXT, FLAG]}]}, ["x", True], 3),
        ({"type": "string", "allOf": [{"type": "object", "properties": {"b": NUMBER}}]}, [{"b": 3}], "x"),
        ({"type": "object", "allOf": [LEVEL], "nullable": True}, ["high"], "x"),
        ({"type": "array", "items": {"type": "object", "allOf": [{"$ref": "#/components/schemas/Level"}]}}, [["low"]], ["x"]),
    ],
)
def test_a_type_that_a_part_rules_out_does_not_count(
    make: Any, version: str, schema: Any, values: list[Any], refused: Any
) -> None:
    action = imported(make, schema, version, Level=LEVEL, Either=EITHER)
    assert [value for value in values if not takes(action, value)] == []
    assert not takes(action, refused)


def test_parts_that_both_say_more_than_a_type_both_count(make: Any) -> None:
    action = imported(make, {"allOf": [{"type": "object", "properties": {"b": NUMBER}}, {"properties": {"c": TEXT}}]})
    assert takes(action, {"b": 3, "c": "x"})
    assert not takes(action, {"b": "y"})
    assert not takes(action, "x")


@pytest.mark.parametrize(
    ("branches", "value"),
    [
        ([TEXT, {"type": "string", "format": "date"}], "2024-01-31"),
        ([NUMBER, {"type": "number"}], 3),
        ([{"properties": {"b": TEXT}}, {"properties": {"c": TEXT}}], {"b": "x", "c": "y"}),
        ([{"type": "array", "items": TEXT}, {"type": "array", "items": NUMBER}], []),
    ],
)
def test_a_value_that_several_branches_take_is_taken(make: Any, branches: list[Any], value: Any) -> None:
    action = imported(make, {"oneOf": branches})
    assert takes(action, value)
    assert takes(imported(make, {"anyOf": [{"oneOf": branches}, FLAG]}), value)
    body = json.dumps({"a": value}).encode()
    received = FakeUpstream([(action, [])]).answer(Request("POST", "/things", {"content-type": "application/json"}, body))
    assert received.status == 204


def test_both_unions_of_one_schema_count(make: Any) -> None:
    action = imported(make, {"oneOf": [NUMBER, {"type": "number"}], "anyOf": [{"minimum": 3}, {"maximum": -3}]})
    assert takes(action, 3)
    assert not takes(action, 0)


CLOSED = {"additionalProperties": False}


@pytest.mark.parametrize(
    "schema",
    [
        {
            "type": "object",
            **CLOSED,
            "properties": {"id": NUMBER},
            "oneOf": [{"properties": {"b": TEXT}}, {"properties": {"c": TEXT}}],
        },
        {"type": "object", "properties": {"id": NUMBER}, "oneOf": [{"properties": {p: TEXT}, **CLOSED} for p in "bc"]},
        {"allOf": [{"properties": {"id": NUMBER}}, {"oneOf": [{"properties": {p: TEXT}, **CLOSED} for p in "bc"]}]},
    ],
)
def test_a_closed_object_beside_a_union_takes_the_properties_of_both(make: Any, schema: Any) -> None:
    action = imported(make, schema)
    assert takes(action, {"id": 1, "b": "x"})
    assert takes(action, {"id": 1, "c": "x"})
    assert not takes(action, {"id": 1, "d": "x"})


def test_branches_that_are_closed_and_alone_stay_closed(make: Any) -> None:
    action = imported(make, {"oneOf": [{"type": "object", "properties": {p: TEXT}, "required": [p], **CLOSED} for p in "bc"]})
    assert takes(action, {"b": "x"})
    assert not takes(action, {"b": "x", "c": "y"})
