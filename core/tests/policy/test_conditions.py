"""Conditions: what holds, what does not, and what can't be told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.policy.conditions import CallArgument, Condition, arg, numbers_at
from composio.policy.expressions import parse_condition

NAMES = st.sampled_from(["amount", "amount.value", "items.*.price", "page[size]", "and", "ünï", "a b", "x.0"])
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9, allow_nan=False)
SCALARS = NUMBERS | st.text(max_size=20) | st.booleans()


def simple() -> st.SearchStrategy[Condition]:
    return st.one_of(
        st.builds(lambda name, value: arg(name) > value, NAMES, NUMBERS),
        st.builds(lambda name, value: arg(name) <= value, NAMES, NUMBERS),
        st.builds(lambda name, value: arg(name) == value, NAMES, SCALARS),
        st.builds(lambda name, value: arg(name) != value, NAMES, SCALARS),
        st.builds(lambda name, values: arg(name).one_of(*values), NAMES, st.lists(SCALARS, min_size=1, max_size=3)),
        st.builds(lambda name, value: arg(name).matches(value), NAMES, st.text(min_size=1, max_size=10)),
        st.builds(lambda name: arg(name).is_missing(), NAMES),
    )


CONDITIONS = st.recursive(
    simple(),
    lambda inner: st.one_of(
        st.builds(lambda one, other: one & other, inner, inner),
        st.builds(lambda one, other: one | other, inner, inner),
        st.builds(lambda one: ~one, inner),
    ),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(
    st.sampled_from(["amount", "items", "page[size]", "and", "x"]),
    st.recursive(
        SCALARS | st.none(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "price", "0"]), inner, max_size=3)
        ),
        max_leaves=5,
    ),
    max_size=4,
)


@given(CONDITIONS, ARGUMENTS)
def test_a_conditions_text_reads_as_the_same_condition(condition: Condition, arguments: dict[str, Any]) -> None:
    again = parse_condition(str(condition))
    assert str(again) == str(condition)
    assert again.test(arguments) is condition.test(arguments)


@given(CONDITIONS, CONDITIONS, ARGUMENTS)
def test_conditions_combine_as_kleene_says(one: Condition, other: Condition, arguments: dict[str, Any]) -> None:
    first, second = one.test(arguments), other.test(arguments)
    assert (one & other).test(arguments) is (False if False in (first, second) else None if None in (first, second) else True)
    assert (one | other).test(arguments) is (True if True in (first, second) else None if None in (first, second) else False)
    assert (~one).test(arguments) is (None if first is None else not first)


@pytest.mark.parametrize(
    ("condition", "arguments", "truth"),
    [
        (arg("amount") > 5000, {"amount": 5001}, True),
        (arg("amount") > 5000, {"amount": 5000}, False),
        (arg("amount") > 5000, {"amount": "5000.01"}, True),
        (arg("amount") > 5000, {"amount": " 6000 "}, True),
        (arg("amount") > 5000, {}, None),
        (arg("amount") > 5000, {"amount": None}, None),
        (arg("amount") > 5000, {"amount": True}, None),
        (arg("amount") > 5000, {"amount": "a lot"}, None),
        (arg("amount") > 5000, {"amount": "6e3"}, None),
        (arg("amount") > 5000, {"amount": float("nan")}, None),
        (arg("amount") > 5000, {"amount": float("inf")}, None),
        (arg("amount") > 5000, {"amount": [6000]}, None),
        (arg("amount.value") > 5, {"amount": {"value": 6}}, True),
        (arg("amount.value") > 5, {"amount.value": 6}, True),
        (arg("amount.value") > 5, {"amount.value": 1, "amount": {"value": 6}}, None),
        (arg("items.*.price") > 5, {"items": [{"price": 6}, {"price": 7}]}, True),
        (arg("items.*.price") > 5, {"items": [{"price": 6}, {"price": 1}]}, None),
        (arg("items.*.price") > 5, {"items": []}, None),
        (arg("currency") == "eur", {"currency": "eur"}, True),
        (arg("currency") == "eur", {"currency": "EUR"}, False),
        (arg("currency") == "eur", {"currency": 1}, None),
        (arg("currency").one_of("eur", "usd"), {"currency": "gbp"}, False),
        (arg("currency").one_of("eur", "usd"), {}, None),
        (arg("draft") == True, {"draft": True}, True),  # noqa: E712 - it makes a condition
        (arg("draft") == True, {"draft": "true"}, None),  # noqa: E712
        (arg("to").is_missing(), {"to": None}, True),
        (arg("to").is_missing(), {"to": ""}, False),
        (arg("to").matches("*@example.com"), {"to": "ada@EXAMPLE.com"}, True),
        (arg("to").matches("*@example.com"), {"to": "ada@example.org"}, False),
        (arg("to").matches("*@example.com"), {"to": "eve@evil.org, ada@example.com"}, None),
        (arg("to").matches("*@example.com"), {"to": "ada@example.com, eve@evil.org"}, None),
        (arg("to").matches("*@example.com"), {"to": "Ada <ada@example.com>"}, None),
        (arg("to").matches("*@example.com"), {"to": "eve@evil.org\nada@example.com"}, None),
        (arg("text").matches("*secret*"), {"text": "hello there"}, False),
        (arg("items.*.price") < 5, {"items": [{"price": 1}, {"cost": 900}]}, None),
        (arg("items.*.price") < 5, {"items": [{"price": 1}, "900"]}, None),
        (arg("items.*.price") < 5, {"items": [{"price": 1}, None]}, None),
        (arg("items.*.*.price") < 5, {"items": [[{"price": 1}], []]}, None),
        (arg("to.*").matches("*@example.com"), {"to": {"a": "ada@example.com", "b": {"c": "eve@evil.org"}}}, None),
        (arg("items.*.price").is_missing(), {"items": [{"price": 1}, {}]}, None),
        (arg("items.*.price").is_missing(), {"items": [{}, {"price": None}]}, True),
        (arg("items.*.price").is_missing(), {"items": []}, True),
        (arg("amount") > 5000, {"amount": 10**400}, True),
        (arg("amount") > 5000, {"amount": -(10**5000)}, False),
        (arg("text").matches("*secret*"), {"text": "the secret plan"}, None),
    ],
)
def test_what_holds(condition: Condition, arguments: dict[str, Any], truth: bool | None) -> None:
    assert condition.test(arguments) is truth


@pytest.mark.parametrize(
    ("arguments", "total"),
    [
        ({"amount": 5}, 5.0),
        ({"amount": "5.50"}, 5.5),
        ({"amount": 0}, 0.0),
        ({"amount": -5}, None),
        ({"amount": "x"}, None),
        ({}, None),
        ({"amount": float("inf")}, None),
        ({"amount": 10**400}, None),
        ({"amount": 10**5000}, None),
        ({"amount": {"a": 1}}, None),
    ],
)
def test_amounts_that_can_be_counted(arguments: dict[str, Any], total: float | None) -> None:
    assert numbers_at(arguments, "amount") == total


def test_amounts_in_a_list_are_added() -> None:
    assert numbers_at({"items": [{"price": 1}, {"price": "2.5"}]}, "items.*.price") == 3.5
    assert numbers_at({"items": [{"price": 1}, {"price": -2}]}, "items.*.price") is None
    assert numbers_at({"items": [{"price": 1}, {"cost": 900}]}, "items.*.price") is None, "one of them is not known"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "amount",
        "amount >",
        "amount > other",
        "1 < amount < 5",
        "__import__('os').system('true')",
        "amount > (lambda: 1)()",
        "amount.__class__()",
        "matches(to)",
        "missing()",
        "amount in 5",
        "amount is None",
        "amount > 10**9",
        "f'{amount}' == 'x'",
        "[x for x in amount]",
        "(" * 500 + "a > 1" + ")" * 500,
        "amount > " + "1" * 3000,
        "amount == b'x'",
        "amount == 1j",
        "amount == None",
        "not " * 900 + "missing(a)",
    ],
)
def test_what_is_no_condition_is_refused_with_what_one_looks_like(text: str) -> None:
    with pytest.raises(InvalidRequest, match="condition"):
        parse_condition(text)


def test_python_is_refused_where_it_can_not_mean_a_condition() -> None:
    with pytest.raises(InvalidRequest, match="&"):
        _ = (arg("a") > 1) and (arg("b") > 1)
    with pytest.raises(InvalidRequest, match="chains"):
        _ = 1 < arg("a") < 5
    for wrong in ("5000", True, float("nan"), None, 10**400, -(10**5000)):
        with pytest.raises(InvalidRequest, match="number"):
            _ = arg("amount") > wrong  # type: ignore[operator]  # what is tested
    with pytest.raises(InvalidRequest, match="conditions"):
        _ = (arg("a") > 1) & True  # type: ignore[operator]  # what is tested
    for make in (lambda: arg(""), lambda: CallArgument(5), lambda: arg("a").one_of(), lambda: arg("a").matches("")):
        with pytest.raises(InvalidRequest):
            make()
