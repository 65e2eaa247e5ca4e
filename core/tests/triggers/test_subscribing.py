"""Subscriptions: what providers are asked, what is kept of their answers, and when they are prolonged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.model.trigger import Request, Subscription, TriggerModel, WebhookSource
from composio.triggers.subscribing import (
    HookAddress,
    is_shared,
    read_agreed,
    renew_at,
    steps_for,
    to_create,
    to_delete,
    to_renew,
)

NOW = 1_800_000_000.0
DECLARED = Subscription(
    create=Request(
        method="POST", path="/hooks", body={"url": "{{ url }}", "secret": "{{ secret }}", "until": "{{ expires|iso }}"}
    ),
    delete=Request(method="DELETE", path="/hooks/{{ subscription.id }}"),
    renew=Request(method="PATCH", path="/hooks/{{ subscription.id }}", body={"until": "{{ expires|iso }}"}),
    keep={"id": "response.id", "expires": "response.until|seconds"},
    lasts=3600,
)
ADDRESS = HookAddress(url="https://h.example/w/1", secret="s3cret", kept={"channel": "c1"})


def trigger(declared: Subscription | None = DECLARED, **webhook: Any) -> TriggerModel:
    return TriggerModel(slug="ACME_X", app="acme", webhook=WebhookSource(verify=(), subscribe=declared, **webhook))


def test_the_provider_is_told_the_address_the_secret_and_the_end() -> None:
    request = to_create(trigger(), ADDRESS, now=NOW)
    assert request.body == {"url": "https://h.example/w/1", "secret": "s3cret", "until": "2027-01-15T08:59:00Z"}


def test_what_the_answer_says_is_kept() -> None:
    agreed = read_agreed(trigger(), ADDRESS, {"id": 7, "until": NOW + 100}, now=NOW)
    assert (agreed.kept, agreed.secret, agreed.expires_at) == ({"channel": "c1", "id": 7}, None, NOW + 100)
    done = replace(ADDRESS, kept=agreed.kept)
    assert to_delete(trigger(), done, now=NOW) == Request(method="DELETE", path="/hooks/7")
    renewing = to_renew(trigger(), done, now=NOW)
    assert renewing is not None
    assert (renewing.method, renewing.path) == ("PATCH", "/hooks/7")
    assert read_agreed(trigger(), done, {}, now=NOW, renewed=True).kept == agreed.kept


def test_a_secret_of_the_providers_takes_the_place_of_ours() -> None:
    declared = replace(DECLARED, secret="answer", keep={"id": "response.id", "secret": "response.key"})
    assert read_agreed(trigger(declared), ADDRESS, {"id": 1, "key": "theirs"}, now=NOW).secret == "theirs"


@pytest.mark.parametrize("answer", [None, {}, [], "no", {"id": None}, {"hook": {"id": 1}}])
def test_an_answer_without_its_id_is_an_error_that_says_so(answer: Any) -> None:
    with pytest.raises(InvalidRequest, match="without its id"):
        read_agreed(trigger(), ADDRESS, answer, now=NOW)


def test_what_was_never_made_is_not_taken_back() -> None:
    assert to_delete(trigger(), ADDRESS, now=NOW) is None
    assert to_renew(trigger(replace(DECLARED, renew=None)), ADDRESS, now=NOW) is None


@given(st.floats(1, 60 * 86_400))
def test_it_is_prolonged_before_it_ends_with_time_to_try_again(left: float) -> None:
    due = renew_at(NOW + left, now=NOW)
    assert due is not None
    assert NOW < due <= NOW + left * 0.8 + 1
    assert renew_at(None, now=NOW) is None
    assert renew_at(NOW - 5, now=NOW) == NOW


@pytest.mark.parametrize(
    ("source", "connection", "shared"),
    [
        (trigger(None, match={"connection.team_id": "body.team_id"}), {"team_id": "T1"}, True),
        (trigger(None, match={"connection.team_id": "body.team_id"}), {}, False),
        (trigger(None), {"team_id": "T1"}, False),
        (trigger(match={"connection.team_id": "body.team_id"}), {"team_id": "T1"}, False),
    ],
)
def test_one_address_serves_all_where_events_say_whose_they_are(
    source: TriggerModel, connection: Mapping[str, Any], shared: bool
) -> None:
    assert is_shared(source, connection) is shared


def test_the_steps_for_a_console_hold_the_address() -> None:
    assert steps_for(trigger(None, console=("Paste {{ url }} there.",)), "https://h.example/w/1") == [
        "Paste https://h.example/w/1 there."
    ]
