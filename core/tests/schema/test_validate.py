"""A mistake is told by its path, what was expected, what came, and what was probably meant."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.errors import SpecError
from composio.schema.explain import misspelt
from composio.schema.validate import compile_validator


def told(schema: dict[str, Any], value: Any) -> list[str]:
    validator = compile_validator(schema)
    assert not validator.is_valid(value)
    return [str(problem) for problem in validator.problems(value)]


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "integer"}, "x", 'a: expected an integer, got the string "x"'),
        ({"type": ["null", "string"]}, 5, "a: expected a string or null, got the integer 5"),
        ({"type": "boolean"}, None, "a: expected true or false, got null"),
        ({"type": "string"}, {"b": 1}, "a: expected a string, got an object with b"),
        ({"type": "string"}, [1], "a: expected a string, got an array of 1 item"),
        (
            {"enum": ["open", "closed"]},
            "opne",
            'a: expected one of "open", "closed", got the string "opne" (did you mean "open"?)',
        ),
        ({"const": "x"}, 1, 'a: expected "x", got the integer 1'),
        ({"minimum": 1}, 0, "a: expected at least 1, got the integer 0"),
        ({"exclusiveMinimum": 1}, 1, "a: expected more than 1, got the integer 1"),
        ({"maximum": 1}, 2, "a: expected at most 1, got the integer 2"),
        ({"exclusiveMaximum": 1}, 1, "a: expected less than 1, got the integer 1"),
        ({"multipleOf": 5}, 3, "a: expected a multiple of 5, got the integer 3"),
        ({"minLength": 1}, "", 'a: expected at least 1 character, got the string ""'),
        ({"maxLength": 2}, "abc", 'a: expected at most 2 characters, got the string "abc"'),
        ({"minItems": 2}, [1], "a: expected at least 2 items, got an array of 1 item"),
        ({"maxItems": 1}, [1, 2], "a: expected at most 1 item, got an array of 2 items"),
        ({"uniqueItems": True}, [1, 1], "a: expected items that all differ, got an array of 2 items"),
        ({"pattern": "^v"}, "x", 'a: expected text matching ^v, got the string "x"'),
        ({"minProperties": 1}, {}, "a: expected at least 1 properties, got an object with nothing"),
        ({"not": {"type": "string"}}, "x", 'a: expected something that the schema does not exclude, got the string "x"'),
        (False, 1, "a: expected nothing here, got the integer 1"),
        ({"contains": {"type": "string"}}, [1], "a: expected an array with a matching item, got an array of 1 item"),
        (
            {"oneOf": [{"type": "integer"}, {"minimum": 1}]},
            3,
            "a: expected exactly one of the allowed forms; it fits several, got the integer 3",
        ),
        ({"anyOf": [{"type": "integer"}, {"type": "object"}]}, "x", 'a: expected an integer or an object, got the string "x"'),
    ],
)
def test_each_mistake_in_words(schema: Any, value: Any, message: str) -> None:
    assert told({"properties": {"a": schema}}, {"a": value}) == [message]


def test_paths_lead_into_arrays() -> None:
    schema = {"properties": {"labels": {"items": {"properties": {"name": {"type": "string"}}}}}}
    assert told(schema, {"labels": [{"name": 1}]}) == ["labels[0].name: expected a string, got the integer 1"]


def test_a_missing_property_names_what_was_sent_instead() -> None:
    schema = {"properties": {"title": {}, "state": {}}, "required": ["title"]}
    assert told(schema, {"titel": "x", "state": "y"}) == ['title: expected a required property, got nothing (you sent "titel")']
    assert told(schema, {}) == ["title: expected a required property, got nothing"]


@pytest.mark.parametrize(
    ("needed", "sent"), [("repo", "repository"), ("id", "message_id"), ("id", "messageId"), ("name", "repo-name")]
)
def test_a_name_that_says_more_than_the_missing_one_is_meant_for_it(needed: str, sent: str) -> None:
    schema = {"properties": {"owner": {}, needed: {}}, "required": [needed], "additionalProperties": False}
    assert sorted(told(schema, {sent: 1})) == sorted(
        (
            f'{needed}: expected a required property, got nothing (you sent "{sent}")',
            f'{sent}: expected no such property, got the integer 1 (did you mean "{needed}"?)',
        )
    )
    known = {"properties": {"owner": {}, needed: {}}, "required": [needed], "additionalProperties": False}
    assert "remove it" in told(known, {needed: 1, "unheard_of": 1})[0]


def test_text_for_an_array_says_how_to_write_one() -> None:
    schema = {"properties": {"tags": {"type": "array"}}}
    assert told(schema, {"tags": "one thing, another"}) == [
        'tags: expected an array, got the string "one thing, another" (pass each item separately, as in ["a", "b"])'
    ]


def test_an_unknown_property_names_the_nearest_at_its_place() -> None:
    schema = {
        "properties": {"where": {"$ref": "#/$defs/W"}},
        "$defs": {"W": {"properties": {"repository": {}}, "additionalProperties": False}},
    }
    assert told(schema, {"where": {"repositry": "x", "z": 1}}) == [
        'where.repositry: expected no such property, got the string "x" (did you mean "repository"?)',
        "where.z: expected no such property, got the integer 1 (remove it; known are repository)",
    ]


def test_a_combination_is_told_by_its_closest_branch() -> None:
    schema = {
        "properties": {
            "a": {
                "oneOf": [
                    {"properties": {"type": {"const": "cat"}, "lives": {"type": "integer"}}, "required": ["type", "lives"]},
                    {"properties": {"type": {"const": "dog"}, "bark": {"type": "string"}}, "required": ["type", "bark"]},
                    {"type": "string"},
                ]
            }
        }
    }
    assert told(schema, {"a": {"type": "dog", "bark": 1}}) == ["a.bark: expected a string, got the integer 1"]


def test_at_most_eight_problems_and_short_ones() -> None:
    schema = {"properties": {f"p{i}": {"type": "integer"} for i in range(30)}}
    problems = compile_validator(schema).problems({f"p{i}": "x" * 500 for i in range(30)})
    assert len(problems) == 8
    assert all(len(problem.got) <= 80 for problem in problems)


def test_a_long_enum_is_cut() -> None:
    (message,) = told({"properties": {"a": {"enum": [f"option{i}" for i in range(100)]}}}, {"a": 1})
    assert "and 88 more" in message
    assert len(message) < 300


def test_a_secret_is_not_repeated() -> None:
    (message,) = told({"properties": {"api_key": {"type": "integer"}}}, {"api_key": "hunter2"})
    assert message == "api_key: expected an integer, got a secret string"


def test_formats_are_not_asserted() -> None:
    assert compile_validator({"properties": {"a": {"format": "email"}}}).is_valid({"a": "no mail"})


def test_a_pattern_that_does_not_compile_is_left_out() -> None:
    schema = {"properties": {"a": {"pattern": "(", "minLength": 2}}, "patternProperties": {"[": {"type": "string"}}}
    validator = compile_validator(schema)
    assert validator.is_valid({"a": "xx"})
    assert not validator.is_valid({"a": "x"})


def test_a_pattern_that_backtracks_for_ever_decides_nothing_and_ends() -> None:
    validator = compile_validator({"properties": {"a": {"pattern": r"^(?=a)(a|aa)+\1b$"}}})
    before = time.process_time()
    assert validator.is_valid({"a": "a" * 5000})
    assert validator.problems({"a": "a" * 5000}) == []
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"$ref": "http://127.0.0.1:1/schema.json"}, "127.0.0.1"),
        ({"$ref": "file:///etc/passwd"}, "passwd"),
        ({"$ref": "#/$defs/Gone"}, "Gone"),
        ({"type": "file"}, "file"),
    ],
)
def test_a_schema_that_cannot_be_used_is_said(schema: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match="can't be used to check arguments") as caught:
        compile_validator(schema)
    assert message in str(caught.value)


@pytest.mark.parametrize("value", [b"x", {1, 2}, object()])
def test_what_json_cannot_hold_never_fits(value: Any) -> None:
    validator = compile_validator({"type": "object", "properties": {"a": {"type": "object"}}})
    assert not validator.is_valid({"a": value})
    assert validator.problems({"a": value})


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_there_are_problems_exactly_where_it_does_not_fit(schemas: Any, values: Any, data: st.DataObject) -> None:
    schema, value = data.draw(schemas), data.draw(values)
    validator = compile_validator(schema)
    problems = validator.problems(value)
    assert validator.is_valid(value) is not bool(problems)
    assert len(problems) <= 8
    assert json.dumps([str(problem) for problem in problems])


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("titel", "title"),
        ("discription", "description"),
        ("desciption", "description"),
        ("label", "labels"),
        ("TITEL", "title"),
    ],
)
def test_a_name_that_is_a_slip_of_one_that_is_missing_is_explained(sent: str, meant: str) -> None:
    [problem] = misspelt({sent: 1}, ["title", "description", "labels"])
    assert (problem.path, problem.hint) == (sent, f'did you mean "{meant}"?')
    assert misspelt({sent: 1, meant: 2}, ["title", "description", "labels"]) == []


@pytest.mark.parametrize("sent", ["priority", "name", "line2", "line_1_extra", "x", "custom_field", ""])
def test_another_name_is_no_slip(sent: str) -> None:
    assert misspelt({sent: 1}, ["title", "line1", "nam", "description", "id"]) == []
