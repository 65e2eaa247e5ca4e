"""Policies: the strictest rule counts, in whichever order they stand, and nothing that is not allowed runs under ``deny()``."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.model.action import ActionModel, HttpBinding
from composio.policy import Policy, allow, arg, confirm, deny, destructive, reads, writes
from composio.policy.hours import Hours
from composio.policy.rules import Facts, Rule, Ruling

ACTIONS = [
    ActionModel(slug="SHOP_GET_ORDER", app="shop", tags=("orders",), binding=HttpBinding("GET", "/orders/{id}")),
    ActionModel(slug="SHOP_UPDATE_ORDER", app="shop", tags=("orders",), binding=HttpBinding("PATCH", "/orders/{id}")),
    ActionModel(
        slug="SHOP_DELETE_ORDER", app="shop", aliases=("SHOP_ORDER_REMOVE",), binding=HttpBinding("DELETE", "/orders/{id}")
    ),
    ActionModel(slug="MAIL_SEND", app="mail", tags=("out",), binding=HttpBinding("POST", "/send")),
    ActionModel(slug="MAIL_FROBNICATE", app="mail", binding=HttpBinding("POST", "/frobnicate")),
]
WHAT = st.sampled_from(["SHOP_*", "*_ORDER", "SHOP_ORDER_REMOVE", "MAIL_SEND", "NO_SUCH", reads, writes, destructive])
CONDITION = st.sampled_from([None, arg("amount") > 10, arg("amount") <= 10, arg("to").matches("*@example.com")])
NARROWED = st.fixed_dictionaries(
    {},
    optional={
        "app": st.sampled_from(["shop", "ma*"]),
        "tag": st.sampled_from(["orders", "out"]),
        "entity": st.sampled_from(["alice", "team-*"]),
        "agent": st.just("bot-*"),
        "connection": st.just("conn_1"),
        "during": st.sampled_from(["09:00-17:00", "mon-fri 22:00-06:00"]),
        "when": CONDITION,
    },
)
RULES = st.lists(
    st.builds(
        lambda make, what, options: make(*what, **options),
        st.sampled_from([allow, confirm, deny]),
        st.lists(WHAT, max_size=2),
        NARROWED,
    ),
    max_size=6,
)
OTHERWISE = st.sampled_from([allow(), confirm(), deny()])
FACTS = st.builds(
    Facts,
    action=st.sampled_from(ACTIONS),
    arguments=st.fixed_dictionaries({}, optional={"amount": st.sampled_from([5, 50, "x"]), "to": st.just("a@example.com")}),
    entity_id=st.sampled_from(["alice", "team-a", "bob"]),
    agent=st.sampled_from(["", "bot-1"]),
    connection=st.sampled_from([None, "conn_1", "conn_2"]),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1)).map(lambda one: one.replace(tzinfo=UTC)),
)


@given(RULES, OTHERWISE, FACTS, st.randoms())
def test_the_order_of_rules_does_not_matter(rules: list[Rule], otherwise: Rule, facts: Facts, chance: random.Random) -> None:
    shuffled = list(rules)
    chance.shuffle(shuffled)
    one, other = Policy(*rules, otherwise=otherwise), Policy(*shuffled, otherwise=otherwise)
    assert one.decide(facts) == other.decide(facts)
    assert one.version == other.version


@given(RULES, OTHERWISE, FACTS)
def test_deny_wins(rules: list[Rule], otherwise: Rule, facts: Facts) -> None:
    policy = Policy(*rules, deny(), otherwise=otherwise)
    assert policy.decide(facts).verdict is Ruling.DENY
    assert not policy.may_run(facts)


@given(RULES, FACTS)
def test_nothing_that_no_rule_allows_runs_under_deny(rules: list[Rule], facts: Facts) -> None:
    strict = [one for one in rules if one.verdict is not Ruling.ALLOW]
    assert Policy(*strict, otherwise=deny()).decide(facts).verdict is not Ruling.ALLOW


@given(RULES, st.sampled_from([allow(), confirm()]), FACTS)
def test_another_restriction_never_lets_more_through(rules: list[Rule], otherwise: Rule, facts: Facts) -> None:
    severity = list(Ruling).index
    before = Policy(*rules, otherwise=otherwise).decide(facts).verdict
    for more in (confirm("SHOP_*"), deny(writes, when=arg("amount") > 10)):
        assert severity(Policy(*rules, more, otherwise=otherwise).decide(facts).verdict) >= severity(before)


@given(RULES, OTHERWISE, FACTS)
def test_leaving_an_argument_out_never_lets_more_through(rules: list[Rule], otherwise: Rule, facts: Facts) -> None:
    policy, severity = Policy(*rules, otherwise=otherwise), list(Ruling).index
    verdicts = [policy.decide(replace(facts, arguments={"amount": one})).verdict for one in (5, 50)]
    missing = policy.decide(replace(facts, arguments={})).verdict
    assert severity(missing) >= min(map(severity, verdicts))


@given(RULES, OTHERWISE, FACTS)
def test_what_is_not_offered_is_never_run(rules: list[Rule], otherwise: Rule, facts: Facts) -> None:
    policy = Policy(*rules, otherwise=otherwise)
    if not policy.may_run(Facts(action=facts.action, entity_id=facts.entity_id)):
        assert policy.decide(facts).verdict is Ruling.DENY


@given(RULES, OTHERWISE, FACTS)
def test_read_only_lets_nothing_be_changed(rules: list[Rule], otherwise: Rule, facts: Facts) -> None:
    if facts.action.slug != "SHOP_GET_ORDER":
        assert Policy(*rules, otherwise=otherwise).read_only().decide(facts).verdict is Ruling.DENY


def test_a_rule_that_may_be_about_a_call_does_not_loosen_deny() -> None:
    policy = Policy(confirm("MAIL_SEND", when=arg("amount") < 100), otherwise=deny())
    assert policy.decide(facts(arguments={"amount": 5})).verdict is Ruling.CONFIRM
    assert policy.decide(facts(arguments={})).verdict is Ruling.DENY


def facts(slug: str = "MAIL_SEND", **known: Any) -> Facts:
    known = {"arguments": {}, "entity_id": "alice", "agent": "", "moment": datetime(2026, 1, 5, 12, tzinfo=UTC), **known}
    return Facts(action=next(one for one in ACTIONS if slug in one.names), **known)


def test_an_action_is_meant_by_every_name_that_it_has() -> None:
    for name in ("SHOP_DELETE_*", "SHOP_ORDER_REMOVE", "shop_order_*"):
        assert Policy(deny(name), otherwise=allow()).decide(facts("SHOP_DELETE_ORDER")).verdict is Ruling.DENY


def test_writes_include_what_destroys_only_where_a_rule_restricts() -> None:
    assert Policy(deny(writes), otherwise=allow()).decide(facts("SHOP_DELETE_ORDER")).verdict is Ruling.DENY
    assert Policy(allow(writes), otherwise=deny()).decide(facts("SHOP_DELETE_ORDER")).verdict is Ruling.DENY
    assert Policy(allow(writes), otherwise=deny()).decide(facts("SHOP_UPDATE_ORDER")).verdict is Ruling.ALLOW


def test_what_nobody_knows_counts_as_destructive() -> None:
    assert Policy(deny(destructive), otherwise=allow()).decide(facts("MAIL_FROBNICATE")).verdict is Ruling.DENY


def test_several_confirmations_need_every_group_and_the_shortest_time() -> None:
    policy = Policy(confirm(by="finance", expires="2h"), confirm(writes, by="legal", expires="1h"), otherwise=deny())
    decision = policy.decide(facts())
    assert (decision.verdict, decision.by, decision.expires) == (Ruling.CONFIRM, ("finance", "legal"), 3600.0)


def test_a_limit_counts_the_argument_that_when_compares() -> None:
    policy = Policy(confirm("MAIL_SEND", when=arg("amount") > 5, total_per="day", limit=50), otherwise=allow())
    assert policy.decide(facts(arguments={"amount": 6})).verdict is Ruling.CONFIRM
    assert policy.decide(facts(arguments={"amount": 5})).verdict is Ruling.ALLOW
    [limited] = policy.limits(facts(arguments={"amount": 5}))
    assert limited.limit is not None
    assert limited.limit.of == "amount"
    assert policy.decide(facts(arguments={"amount": 5}), over=[limited]).verdict is Ruling.CONFIRM
    assert policy.limits(facts("SHOP_GET_ORDER")) == []


@pytest.mark.parametrize(
    ("hours", "moment", "inside"),
    [
        ("mon-fri 09:00-17:00", "2026-01-05T09:00+00:00", True),
        ("mon-fri 09:00-17:00", "2026-01-05T17:00+00:00", False),
        ("mon-fri 09:00-17:00", "2026-01-04T12:00+00:00", False),
        ("mon-fri 09:00-17:00 Europe/Berlin", "2026-01-05T08:30+00:00", True),
        ("09:00-17:00 Europe/Berlin", "2026-07-05T07:30+00:00", True),
        ("fri 22:00-06:00", "2026-01-10T05:59+00:00", True),
        ("fri 22:00-06:00", "2026-01-09T05:59+00:00", False),
        ("fri-mon 00:00-24:00", "2026-01-04T23:59+00:00", True),
        ("sat,sun 00:00-24:00", "2026-01-05T00:00+00:00", False),
    ],
)
def test_hours(hours: str, moment: str, inside: bool) -> None:
    assert Hours.of(hours).hold(datetime.fromisoformat(moment)) is inside


@pytest.mark.parametrize(
    "hours", ["", "9-17", "mon-fri", "moo 09:00-17:00", "09:00-17:00 Nowhere/Land", "25:00-26:00", None, 5]
)
def test_hours_that_can_not_be_meant(hours: Any) -> None:
    with pytest.raises(InvalidRequest, match="ours"):
        Hours.of(hours)


# As callers without a type checker call them.
ANYTHING: dict[str, Any] = {"allow": allow, "confirm": confirm, "deny": deny, "policy": Policy}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ANYTHING["allow"](5), "name actions"),
        (lambda: ANYTHING["allow"](""), "name actions"),
        (lambda: ANYTHING["deny"](when="amount >"), "condition"),
        (lambda: ANYTHING["deny"](when=True), "when="),
        (lambda: ANYTHING["deny"](app=[]), "app="),
        (lambda: ANYTHING["deny"](entity=5), "entity="),
        (lambda: ANYTHING["deny"](ap="x"), "unknown option 'ap'"),
        (lambda: ANYTHING["confirm"](expires="soon"), "expires="),
        (lambda: ANYTHING["confirm"](expires=0), "expires="),
        (lambda: ANYTHING["confirm"](expires=10**400), "expires="),
        (lambda: ANYTHING["confirm"](by=5), "by="),
        (lambda: ANYTHING["allow"](total_of="a", total_per="day", limit=1), "limit"),
        (lambda: ANYTHING["deny"](limit=5), "go together"),
        (lambda: ANYTHING["deny"](total_per="day", limit=5), "total_of="),
        (lambda: ANYTHING["deny"](total_of="a", total_per="century", limit=5), "total_per="),
        (lambda: ANYTHING["deny"](total_of="a", total_per="day", limit=-5), "limit="),
        (lambda: ANYTHING["deny"](total_of="a", total_per="day", limit=10**5000), "limit="),
        (lambda: ANYTHING["deny"](total_of="a", total_per=["day"], limit=5), "total_per="),
        (lambda: ANYTHING["deny"](total_of="a", total_per="day", limit=5, total_for="team"), "total_for="),
        (lambda: ANYTHING["deny"](total_of="a", total_per="day", limit=5, total_for=["all"]), "total_for="),
        (lambda: ANYTHING["policy"]("deny", otherwise=allow()), "takes rules"),
        (lambda: Policy(otherwise=None), "otherwise="),
    ],
)
def test_what_can_not_be_meant_is_said(make: Any, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        make()


def test_policies_are_equal_where_they_decide_alike() -> None:
    one = Policy(allow(reads), deny("A_*"), deny("A_*"), otherwise=confirm())
    assert one == Policy(deny("a_*"), allow(reads), otherwise=confirm())
    assert one != Policy(deny("A_*"), allow(reads), otherwise=deny())
    assert len({one, Policy(deny("a_*"), allow(reads), otherwise=confirm())}) == 1
    assert 'deny("A_*")' in repr(one)
