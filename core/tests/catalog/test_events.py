"""YAML read from events is what PyYAML's safe loader would have read, dates and where YAML 1.2 differs aside."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from composio.catalog.sources.events import YamlProblem, read_events

DEEPEST = 50
# What PyYAML, which writes YAML 1.1, leaves unquoted although YAML 1.2 takes it for a number.
NUMBERS = re.compile(r"0o[0-7]+|[-+]?(\.\d+|\d+(\.\d*)?)[eE][-+]?\d+")
TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20).filter(lambda t: not NUMBERS.fullmatch(t))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, "'", '"', "|", ">"]))
def test_what_was_written_is_read(value: Any, flow: bool, style: str | None) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, default_style=style, allow_unicode=True, sort_keys=False)
    assert read_events(text, DEEPEST) == yaml.safe_load(text)


@pytest.mark.parametrize(
    "text",
    [
        "responses: {'200': {description: ok}, default: {}}",
        "a: true\nb: False\nc: ~\nd:\ne: 0x1F\nf: -7\ng: 1.5e+3\nh: .5\ni: 1.25",
        "a: !!str 12\nb: !!int '7'\nc: !!float 1\nd: ! 12\ne: !!bool 'true'\nf: !!null ''",
        "a: |\n  two\n  lines\nb: >-\n  folded\n  text\nc: plain\n  goes on",
        "- &x {a: 1, b: 2}\n- {<<: *x, b: 3}\n- {b: 4, <<: *x}\n- {<<: [{a: 5}, *x], c: 6}",
        "? key\n: value\n'<<': text",
        "a: 1\na: 2",
        "a: &b\nc: *b",
        "# nothing but a comment",
        "--- \na: 1\n...",
        "just text",
        "a: 'b: c'",
    ],
)
def test_idioms_are_read_as_the_safe_loader_reads_them(text: str) -> None:
    expected = yaml.safe_load(text)
    found = read_events(text, DEEPEST)
    assert found == expected
    assert repr(found) == repr(expected)  # 1 and True are equal to Python alone


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 2024-01-31", "2024-01-31"),
        ("a: 2024-01-31 10:00:00", "2024-01-31 10:00:00"),
        ("a: .nan", ".nan"),
        ("a: -.inf", "-.inf"),
    ],
)
def test_what_json_does_not_know_stays_text(text: str, value: str) -> None:
    assert read_events(text, DEEPEST) == {"a": value}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: !!python/object:os.system x", "the tag 'tag:yaml.org,2002:python/object:os.system' is no plain data"),
        ("a: !thing {b: 1}", "the tag '!thing' is no plain data"),
        ("? {a: 1}\n: b", "can't be a key"),
        ("? [1]\n: b", "can't be a key"),
        ("- &x [1]\n- {*x : 2}", "can't be a key"),
        ("<<: 7", "to merge"),
        ("a: 1\n---\nb: 2", "second document"),
        ("[" * 51 + "]" * 51, "nested more than 50"),
    ],
)
def test_what_is_no_plain_data_is_refused(text: str, problem: str) -> None:
    with pytest.raises(YamlProblem, match=problem):
        read_events(text, DEEPEST)
