"""What was evidently meant is fixed; what fits, or is open, is left alone."""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.schema.repair import repair
from composio.schema.validate import compile_validator

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "ratio": {"type": "number"},
        "flag": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "ids": {"type": "array", "items": {"type": "integer"}},
        "state": {"type": "string", "enum": ["open", "closed"]},
        "kind": {"const": "Thing"},
        "maybe": {"type": ["string", "null"]},
        "where": {"$ref": "#/$defs/Where"},
        "either": {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/Where"}]},
        "number_or_text": {"type": ["integer", "string"]},
        "issue_number": {"type": "integer"},
        "page[size]": {"type": "integer"},
        "progress": {"enum": ["in_progress", "not-started", "Done now", 5]},
        "on": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "stamp": {"type": "integer", "description": "Unix timestamp."},
        "things": {"type": "array", "items": {"$ref": "#/$defs/Where"}},
        "events": {"type": "array", "items": {"enum": ["push", "pull_request"]}},
        "blocks": {"type": "string", "description": "A JSON-based array of blocks."},
        "kinds": {"type": "string", "description": "A comma-separated list."},
        "address": {"anyOf": [{"$ref": "#/$defs/Address"}, {"enum": [""]}]},
        "body": {"type": "string"},
    },
    "additionalProperties": False,
    "$defs": {
        "Address": {"type": "object", "properties": {"zip": {"type": "string"}, "city": {"type": "string"}}},
        "Where": {
            "type": "object",
            "properties": {"page[size]": {"type": "integer"}, "deep": {"type": "boolean"}, "next": {"$ref": "#/$defs/Where"}},
            "required": ["page[size]"],
        },
    },
}
VALIDATOR = compile_validator(SCHEMA)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"text": 5}, {"text": "5"}),
        ({"text": 1.5}, {"text": "1.5"}),
        ({"text": True}, {"text": "true"}),
        ({"count": "5"}, {"count": 5}),
        ({"count": " -5 "}, {"count": -5}),
        ({"count": "5.0"}, {"count": 5}),
        ({"ratio": "0.5"}, {"ratio": 0.5}),
        ({"flag": "True"}, {"flag": True}),
        ({"flag": "false"}, {"flag": False}),
        ({"tags": "bug"}, {"tags": ["bug"]}),
        ({"tags": 5}, {"tags": ["5"]}),
        ({"tags": '["a", "b"]'}, {"tags": ["a", "b"]}),
        ({"tags": ["a", 3]}, {"tags": ["a", "3"]}),
        ({"ids": "7"}, {"ids": [7]}),
        ({"ids": '["7", 8]'}, {"ids": [7, 8]}),
        ({"state": "OPEN"}, {"state": "open"}),
        ({"kind": "thing"}, {"kind": "Thing"}),
        ({"text": None}, {}),
        ({"maybe": None}, {"maybe": None}),
        ({"where": '{"page_size": "3"}'}, {"where": {"page[size]": 3}}),
        (
            {"where": {"page[size]": 1, "next": {"page[size]": "2", "deep": None}}},
            {"where": {"page[size]": 1, "next": {"page[size]": 2}}},
        ),
        ({"either": "5"}, {"either": 5}),
        ({"either": {"page[size]": "1", "deep": "true"}}, {"either": {"page[size]": 1, "deep": True}}),
        ({"where": '```json\n{"page[size]": 3}\n```'}, {"where": {"page[size]": 3}}),
        ({"where": json.dumps(json.dumps({"page[size]": "3"}))}, {"where": {"page[size]": 3}}),
        ({"where": {"page[size]": 1, "next": '{"page[size]": 2}'}}, {"where": {"page[size]": 1, "next": {"page[size]": 2}}}),
        ({"things": '{"page[size]": 1}'}, {"things": [{"page[size]": 1}]}),
        ({"things": {"page[size]": "1"}}, {"things": [{"page[size]": 1}]}),
        ({"things": ['{"page[size]": 1}']}, {"things": [{"page[size]": 1}]}),
        ({"count": '"5"'}, {"count": 5}),
        ({"text": ["x"]}, {"text": "x"}),
        ({"count": ["5"]}, {"count": 5}),
        ({"progress": "In Progress"}, {"progress": "in_progress"}),
        ({"progress": "not_started"}, {"progress": "not-started"}),
        ({"progress": "DONE-NOW"}, {"progress": "Done now"}),
        ({"progress": "5"}, {"progress": 5}),
        ({"issueNumber": "5"}, {"issue_number": 5}),
        ({"issue-number": 5}, {"issue_number": 5}),
        ({"IssueNumber": 5, "TEXT": "x"}, {"issue_number": 5, "text": "x"}),
        ({"pageSize": 5}, {"page[size]": 5}),
        ({"Where": {"pageSize": 1}}, {"where": {"page[size]": 1}}),
        ({"where": {"page_Size": "1"}}, {"where": {"page[size]": 1}}),
        ({"on": "2024/01/31"}, {"on": "2024-01-31"}),
        ({"at": "2024-01-31 10:00"}, {"at": "2024-01-31T10:00:00Z"}),
        ({"at": 1706702400}, {"at": "2024-01-31T12:00:00Z"}),
        ({"stamp": "2024-01-31T12:00:00Z"}, {"stamp": 1706702400}),
        ({"count": "5", "at": "Jan 31, 2024"}, {"count": 5, "at": "2024-01-31T00:00:00Z"}),
        ({"params": {"count": 1}}, {"count": 1}),
        ({"input": {"params": {"count": 1}}}, {"count": 1}),
        ({"text": "x", "data": {"count": "1"}}, {"text": "x", "count": 1}),
        ({"text": "x", "body": {"count": "1", "body": "y"}}, {"text": "x", "count": 1, "body": "y"}),
        ({"body": {"count": "1", "text": "x"}}, {"count": 1, "text": "x"}),
        (
            {"path": {"count": 1}, "query_params": {"flag": True}, "body": {"text": "x"}},
            {"count": 1, "flag": True, "text": "x"},
        ),
        ({"tool_input": "{'count': 1, 'flag': True, 'text': None}"}, {"count": 1, "flag": True}),
        ({"args": [{"count": 1}]}, {"count": 1}),
        ({"where": "{'page[size]': 3, 'deep': True, 'next': None}"}, {"where": {"page[size]": 3, "deep": True}}),
        ({"where": '{"page[size]": 3,}'}, {"where": {"page[size]": 3}}),
        ({"where": 'Here it is:\n```json\n{"page[size]": 3}\n```\nDone.'}, {"where": {"page[size]": 3}}),
        ({"tags": "['a', \"it's\", 'say \"x\"', 'l\\'or', 'True, ]',]"}, {"tags": ["a", "it's", 'say "x"', "l'or", "True, ]"]}),
        ({"tags": "bug,ui"}, {"tags": ["bug", "ui"]}),
        ({"tags": "a@b.c, d@e.f"}, {"tags": ["a@b.c", "d@e.f"]}),
        ({"ids": "1, 2,3"}, {"ids": [1, 2, 3]}),
        ({"events": "push, Pull Request"}, {"events": ["push", "pull_request"]}),
        ({"flag": "yes"}, {"flag": True}),
        ({"flag": "No"}, {"flag": False}),
        ({"flag": 1}, {"flag": True}),
        ({"flag": "0"}, {"flag": False}),
        ({"count": 1, "unheard_of": None, "page": None}, {"count": 1}),
        ({"count": "1", "unheard_of": None}, {"count": 1}),
        ({"count": "", "flag": "null", "where": "None", "tags": "", "state": " "}, {}),
        ({"blocks": [{"type": "section"}]}, {"blocks": '[{"type": "section"}]'}),
        ({"kinds": ["a", "b"]}, {"kinds": "a,b"}),
        ({"address": '{"zip": 1234, "city": 5}'}, {"address": {"zip": "1234", "city": "5"}}),
        ({"address": {"zip": 1234}}, {"address": {"zip": "1234"}}),
        ({"Arguments": {"issueNumber": 1}}, {"issue_number": 1}),
        ({"arguments": '{"count": "1"}'}, {"count": 1}),
        (
            {"text": 5, "count": "5", "flag": "true", "state": "Closed"},
            {"text": "5", "count": 5, "flag": True, "state": "closed"},
        ),
    ],
)
def test_what_models_get_wrong_is_put_right(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    before = json.dumps(wrong)
    assert repair(wrong, SCHEMA, VALIDATOR) == right
    assert json.dumps(wrong) == before
    assert VALIDATOR.is_valid(right)


@pytest.mark.parametrize(
    "value",
    [
        {"count": "five"},
        {"count": "5.5"},
        {"count": "007"},
        {"count": "9" * 5000},
        {"count": True},
        {"flag": "maybe"},
        {"flag": 2},
        {"state": "opened"},
        {"tags": '["a", '},
        {"tags": {"a": 1}},
        {"tags": "good first issue, bug"},
        {"tags": "Jan 5, 2024"},
        {"tags": "https://x.io/?a=1,2"},
        {"tags": "https://x.io/a,b"},
        {"ids": "1,000"},
        {"tags": "['it's']"},
        {"tags": "['cut off"},
        {"events": "push, merge"},
        {"text": ["a", "b"]},
        {"kinds": ["a,b", "c"]},
        {"text": [{"a": 1}]},
        {"where": "{'a': b'x'}"},
        {"body": {"nothing": "known"}},
        {"body": {"count": 1, "nothing": "known"}},
        {"where": "home"},
        {"where": "{broken"},
        {"where": None, "params": 1},
        {"params": {"nothing": "known"}},
        {"either": "neither"},
        {"on": "01/02/2024", "count": "five"},
        {"stamp": "01/02/2024"},
        {"count": "2024-01-31"},
        {"tags": ["a"], "Tags": ["b"]},
        {"text": "x", "body": {"count": 1, "nothing": "known"}},
        {"text": "x", "body": {"text": "y"}},
    ],
)
def test_what_is_open_is_left_to_be_explained(value: dict[str, Any]) -> None:
    repaired = repair(value, SCHEMA, VALIDATOR)
    assert {**value, **repaired} == value
    assert VALIDATOR.problems(repaired)


def test_nothing_for_a_required_argument_is_explained() -> None:
    schema = {"properties": {"a": {"type": "integer"}}, "required": ["a"]}
    for nothing in ("", "null"):
        assert repair({"a": nothing}, schema) == {"a": nothing}


def test_null_for_a_required_argument_stays() -> None:
    schema = {"properties": {"a": {"type": "string"}}, "required": ["a"]}
    assert repair({"a": None}, schema) == {"a": None}


def test_a_declared_params_is_no_wrapper() -> None:
    schema = {"properties": {"params": {"type": "object"}, "a": {"type": "string"}}, "required": ["a"]}
    assert repair({"params": {"a": "x"}}, schema) == {"params": {"a": "x"}}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_without_an_end_is_explained_and_not_left_out(number: float) -> None:
    for value, where in (({"count": number}, "count"), ({"where": {"page[size]": [1, number]}}, "where.page[size][1]")):
        assert repair(value, SCHEMA, VALIDATOR) is not value
        assert json.dumps(repair(value, SCHEMA, VALIDATOR)) == json.dumps(value)
        assert not VALIDATOR.is_valid(value)
        (problem,) = VALIDATOR.problems(value)
        assert problem.path == where
    assert not compile_validator({}).is_valid({"anything": number})


def test_values_that_json_cannot_hold_are_left() -> None:
    assert repair({"count": b"5", "text": {1: 2}}, SCHEMA, VALIDATOR) == {"count": b"5", "text": {1: 2}}


def test_as_many_mistakes_of_a_kind_as_there_are_are_mended_together() -> None:
    schema = {"properties": {"a": {"type": "array", "items": {"type": "string"}}}}
    assert repair({"a": list(range(500))}, schema) == {"a": [str(i) for i in range(500)]}
    optional = {"properties": {f"p{i}": {"type": "string"} for i in range(100)}, "additionalProperties": False}
    assert repair({f"p{i}": None for i in range(100)}, optional) == {}


DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000
HOSTILE: dict[str, Any] = {
    "wide": {f"x{i}": i for i in range(20_000)},
    "wide in a map": {"where": {f"x{i}": None for i in range(20_000)}},
    "many wrong items": {"ids": [{"a": i} for i in range(20_000)]},
    "wrong objects": {"things": [{"page[size]": "x"} for _ in range(5_000)]},
    "deep text": {"where": DEEP},
    "deep list text": {"things": "[" * 200_000},
    "fences": {"where": "```" * 100_000},
    "fence and spaces": {"where": "```" + " " * 1_000_000},
    "quotes in Python's text": {"where": "{" + "\\'" * 300_000 + "'" * 300_001},
    "quotes in JSON text": {"where": "{" + '\\"' * 300_000},
    "commas in text": {"where": "[" + ", " * 300_000},
    "commas": {"tags": "a," * 300_000, "events": "push," * 100_000},
    "quotes": {"count": '"' * 100_000},
    "long number": {"count": "1" * 1_000_000},
    "long date": {"at": "2024-01-31" * 100_000},
    "spaces": {"at": " " * 1_000_000 + "x"},
    "long option": {"state": "-_ " * 300_000},
    "wrappers": {"params": {"params": {"params": {"params": {}}}}},
    "encoded again and again": {"where": json.dumps(json.dumps(json.dumps(json.dumps({"page[size]": 1}))))},
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_arguments_take_bounded_time(value: dict[str, Any]) -> None:
    before = time.process_time()
    repaired = repair(value, SCHEMA, VALIDATOR)
    VALIDATOR.problems(repaired)
    assert time.process_time() - before < 5


def test_a_value_that_nests_very_deep_is_explained() -> None:
    value: Any = 1
    for _ in range(5_000):
        value = {"next": value}
    before = time.process_time()
    repaired = repair({"where": value}, SCHEMA, VALIDATOR)
    assert VALIDATOR.problems(repaired)
    assert time.process_time() - before < 5


def test_a_schema_with_a_thousand_properties_is_quick() -> None:
    schema = {
        "properties": {f"property_{i}": {"anyOf": [{"type": "integer"}, {"enum": ["a", "b"]}]} for i in range(1000)},
        "additionalProperties": False,
    }
    validator = compile_validator(schema)
    before = time.process_time()
    hostile = {f"unknown{i}": "A" for i in range(20_000)}
    assert repair(hostile, schema, validator) == hostile
    assert len(validator.problems(hostile)) == 8
    sent = {f"property{i}": "A" for i in range(0, 1000, 10)}
    assert repair(sent, schema, validator) == {f"property_{i}": "a" for i in range(0, 1000, 10)}
    assert time.process_time() - before < 5


def test_a_pattern_that_backtracks_does_not_hang_a_repair() -> None:
    schema = {"properties": {"a": {"type": "string", "pattern": "^(a+)+(?=b)$"}, "n": {"type": "integer"}}}
    before = time.process_time()
    assert repair({"a": "a" * 50_000, "n": "5"}, schema)["n"] == 5
    assert time.process_time() - before < 5


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_fits_is_never_changed(schemas: Any, values: Any, data: st.DataObject) -> None:
    schema, value = data.draw(schemas), data.draw(values)
    before = json.dumps(value)
    repaired = repair(value, schema)
    assert json.dumps(value) == before
    if jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(value):
        assert json.dumps(repaired) == before


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_argument_that_fits_stays_beside_one_that_does_not(values: Any, data: st.DataObject) -> None:
    value = data.draw(values)
    value = {
        name: value.get(short) for name, short in zip(SCHEMA["properties"], ["a", "b", "$top", "top", "from"], strict=False)
    }
    repaired = repair(value, SCHEMA, VALIDATOR)
    for name, argument in value.items():
        if VALIDATOR.is_valid({name: argument}):
            assert json.dumps(repaired[name]) == json.dumps(argument)
    assert len(VALIDATOR.problems(repaired)) <= len(VALIDATOR.problems(value))


def test_unions_inside_unions_are_told_of_in_bounded_time() -> None:
    form = {"type": "object", "properties": {"k": {"$ref": "#/$defs/N"}, "v": {"type": "integer"}}}
    schema = {
        "type": "object",
        "properties": {"n": {"$ref": "#/$defs/N"}, "other": {"type": "string"}},
        "$defs": {"N": {"oneOf": [{**form, "required": [f"r{number}"]} for number in range(6)]}},
    }
    check = compile_validator(schema)
    for depth in (3, 5, 14, 60):
        value: dict[str, Any] = {"v": 5}
        for _ in range(depth):
            value = {"k": value}
        started = time.process_time()
        assert repair({"n": value, "other": "x"}, schema, check) == {"n": value, "other": "x"}
        (problem, *_) = check.problems({"n": value})
        assert problem.path.startswith("n")
        assert not check.is_valid({"n": value})
        assert time.process_time() - started < 5
