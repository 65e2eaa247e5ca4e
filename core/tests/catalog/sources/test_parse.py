"""Text that is no description, or that would take the process down with it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from composio.catalog.sources.parse import parse
from composio.errors import SpecError

LEVELS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
MERGES = "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12))


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a": [1]}', {"a": [1]}),
        ("\ufeffa: [1]", {"a": [1]}),
        ("version: 2024-01-31", {"version": "2024-01-31"}),
        ("base: &b {x: 1}\none: *b\ntwo: {<<: *b, y: 2}", {"base": {"x": 1}, "one": {"x": 1}, "two": {"x": 1, "y": 2}}),
        ("a: &s text\nb: *s", {"a": "text", "b": "text"}),
        ("a: [NO, on, y, yes, True]", {"a": ["NO", "on", "y", "yes", True]}),
        ("a: [16:9, 1_0, 007, 0o17, 0x1F, -3, +4]", {"a": ["16:9", "1_0", "007", 15, 31, -3, 4]}),
        ("a: [1e3, 1.5E3, -.5, 1., 0.25, .inf, 1e999]", {"a": [1000.0, 1500.0, -0.5, 1.0, 0.25, ".inf", "1e999"]}),
        ("a: [~, null, '', Null]\nb:", {"a": [None, None, "", None], "b": None}),
        ("on: 1\n010: 2\n1.10: 3\n200: 4\nnull: 5\n1:30: 6", {"on": 1, "010": 2, "1.10": 3, "200": 4, "null": 5, "1:30": 6}),
        ("a: &n 5\nb: {*n : x}", {"a": 5, "b": {"5": "x"}}),
        ('{"a": [1, 2,], }', {"a": [1, 2]}),
        ("{'a': 'it is', b: [x]}", {"a": "it is", "b": ["x"]}),
        ('{"a": NaN, "b": [-Infinity], "c": "\\ud83d\\ude00"}', {"a": "NaN", "b": ["-Infinity"], "c": "\U0001f600"}),
    ],
)
def test_json_and_yaml_are_read_as_json_values(text: str, document: Any) -> None:
    assert parse(text.encode(), "a.yaml") == document
    assert parse(text.removeprefix("\ufeff").encode("utf-16"), "a.yaml") == document


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("{type: string, enum: [1.9, 1.10, 2, 1e3]}", {"type": "string", "enum": [1.9, "1.10", 2, "1e3"]}),
        ("{type: string, default: 2.50}", {"type": "string", "default": "2.50"}),
        ("{type: [string, 'null'], const: 1.0e1}", {"type": ["string", "null"], "const": "1.0e1"}),
        ("{type: number, default: 2.50, enum: [1.10]}", {"type": "number", "default": 2.5, "enum": [1.1]}),
        ("{type: string, minimum: 2.50, x: [{default: 1.10}]}", {"type": "string", "minimum": 2.5, "x": [{"default": 1.1}]}),
        ("1.10", 1.1),
    ],
)
def test_a_number_among_the_values_of_a_string_stays_as_it_was_written(text: str, document: Any) -> None:
    found = parse(f"a: {text}".encode(), "a.yaml")["a"]
    assert found == document
    assert jsonschema_rs.is_valid({}, found)  # which takes no number but a plain one


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("  \n", "is empty", id="empty"),
        pytest.param('{"a" 1}', "line 1, column 6: not JSON", id="json"),
        pytest.param('{"a": [1', "line 1, column 9: not JSON", id="json that breaks off"),
        pytest.param(
            '{"a": "\\ud800",}', "half of a character|can't be read|neither JSON|not JSON", id="lone surrogate in YAML"
        ),
        pytest.param("a: [b\n  - {", "neither JSON nor YAML", id="yaml"),
        pytest.param("<!DOCTYPE html><html><p>a: b</p></html>", "this is HTML or XML.*Give the description itself", id="html"),
        pytest.param("a0: &a0 [x]\n" + LEVELS, "line 7, column .*aliases expand to more than", id="alias bomb"),
        pytest.param("a0: &a0 {k: x}\n" + MERGES, "aliases expand to more than", id="merge bomb"),
        pytest.param("a: &a {b: *a}", r"line 1, column 11: the alias \*a refers to itself", id="circle"),
        pytest.param("a: *b", "undefined alias", id="no anchor"),
        pytest.param("x: " + "[" * 300_000, "nested more than 200 levels", id="deep yaml"),
        pytest.param("- " * 300_000, "nested more than 200 levels", id="deep blocks"),
        pytest.param("[" * 100_000, "nested more than 200 levels", id="deep json"),
        pytest.param('{"a":' * 300 + "1" + "}" * 300, "nested more than 200 levels", id="rather deep json"),
        pytest.param("a: !!int x", "can't be read", id="no number"),
        pytest.param("a: " + "1" * 5000, "can't be read", id="endless number"),
        pytest.param('{"a": ' + "1" * 5000 + "}", "can't be read", id="endless json number"),
        pytest.param('{"a": "\\ud800"}', "half of a character", id="lone surrogate"),
        pytest.param("a: 1\n---\nb: 2", "line 2, column 1: holds a second document", id="two documents"),
        pytest.param("a: !!python/name:os.system", "line 1, column 4: the tag .* is no plain data", id="python"),
    ],
)
def test_what_cannot_be_read_is_one_message_with_the_place(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=f"(?s)^a.yaml: .*{message}"):
        parse(text.encode(), "a.yaml")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_may_nest_200_levels(opening: str, closing: str) -> None:
    assert parse((opening * 200 + "1" + closing * 200).encode(), "a.json")
    with pytest.raises(SpecError, match="nested more than 200 levels"):
        parse((opening * 201 + "1" + closing * 201).encode(), "a.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_means_the_same_by_whichever_parser_it_is_read(encoding: str) -> None:
    text = (
        '{"b": 1, "a": [1.0, -0.0, 1E5, 5e-324, 0.30000000000000004, 123456789012345678901234567890], "b": 2, "": null, '
        '"\\u00e9\\ud83d\\ude00": "\\u0000 é", "t": [true, false, {}]}'
    )
    assert repr(parse(text.encode(encoding), "a.json")) == repr(json.loads(text))


def test_values_that_only_some_parsers_know_are_text() -> None:
    assert parse(b'{"a": NaN, "b": -Infinity}', "a.json") == {"a": "NaN", "b": "-Infinity"}
