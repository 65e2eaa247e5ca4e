"""Expressions: the same event always gives the same payload, and hostile data reaches nothing."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.triggers.expressions import ExpressionError, evaluate, fill, names_in, names_in_template

BODY = {"items": [1, 2], "user": {"name": "Ada", "keys": None}, "values": "v", "n": 0}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("body.items", [1, 2]),
        ("body['values']", "v"),
        ("body.user.keys", None),
        ("body.nothing.at.all", None),
        ("body.user.name[0]", "A"),
        ("body.items[5]", None),
        ("body.items|length", 2),
        ("body.n == 0 and not body.x", True),
        ("{'a': body.x, 'b': [body.n]}", {"a": None, "b": [0]}),
        ("'2024-05-01T10:00:00Z'|seconds", 1714557600.0),
        ("'Wed, 01 May 2024 10:00:00 GMT'|seconds", 1714557600.0),
        ("1714557600000|iso", "2024-05-01T10:00:00Z"),
        ("'aGk'|b64decode", "hi"),
        ("'a/b'|split('/')|last", "b"),
        ("['a', 'b']|zip([1, 2])", {"a": 1, "b": 2}),
        ("'nonsense'|seconds", None),
        ("body.user|iso", None),
    ],
)
def test_an_expression_gives_plain_values(expression: str, expected: object) -> None:
    assert evaluate(expression, {"body": BODY}) == expected
    assert evaluate(expression, {"body": BODY}) == evaluate(expression, {"body": BODY})


@pytest.mark.parametrize(
    "expression",
    [
        "body.__class__",
        "''.__class__.__mro__",
        "body['__class__']",
        "body.user.name.format",
        "cycler",
        "range",
        "lipsum",
        "namespace",
        "self",
        "''|attr('__class__')",
        "body|random",
        "body.items.append(3)",
        "range(10)|list",
    ],
)
def test_nothing_but_values_can_be_reached(expression: str) -> None:
    given = None
    with suppress(ExpressionError):
        given = evaluate(expression, {"body": BODY})
    assert given is None
    assert BODY["items"] == [1, 2]


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=8))
def test_whatever_a_provider_sends_gives_a_value_or_an_error_of_ours(body: Any) -> None:
    for expression in (
        "body.a.b",
        "body|iso",
        "body|seconds",
        "body|b64decode",
        "body|split('.')|last",
        "body|length",
        "body + 1",
    ):
        with suppress(ExpressionError):
            json.dumps(evaluate(expression, {"body": body}))


def test_an_error_does_not_tell_what_the_event_held() -> None:
    with pytest.raises(ExpressionError) as error:
        evaluate("body.user + 1", {"body": {"user": {"name": "Ada"}}})
    assert "Ada" not in str(error.value)


def test_a_template_keeps_types_and_leaves_out_what_is_nothing() -> None:
    template = {
        "a": "{{ n }}",
        "b": "x{{ n }}y",
        "c": "{{ gone }}",
        "d": [{"e": "{{ yes }}"}],
        "f": None,
        "g": "{{ yes }}!",
        "h": 3,
    }
    assert fill(template, {"n": 5, "yes": True}) == {"a": 5, "b": "x5y", "d": [{"e": True}], "f": None, "g": "true!", "h": 3}
    assert names_in_template(template) == {"n", "gone", "yes"}
    assert names_in("a.b and c|length") == {"a", "c"}


@pytest.mark.parametrize("text", ["a +", "a|nofilter", "{{ a", "a b"])
def test_what_is_no_expression_is_told(text: str) -> None:
    with pytest.raises(ExpressionError):
        names_in(text)


def test_a_value_in_an_event_is_never_an_expression() -> None:
    assert fill("{{ body }}", {"body": "{{ 7 * 7 }}"}) == "{{ 7 * 7 }}"
