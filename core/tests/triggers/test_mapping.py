"""From a verified request to events: whose they are, what they are called, and what is said of those that look strange."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.model.action import JsonSchema
from composio.model.trigger import Request, TriggerModel, WebhookSource
from composio.triggers.mapping import Recipient, complete, events_of, key_of
from composio.triggers.signatures.incoming import Incoming

SOURCE = WebhookSource(
    verify=(),
    when="body.type == 'order'",
    id="body.id",
    match={"shop": "body.shop", "connection.account": "body.account"},
    payload={"number": "body.order.number", "note": "body.order.note"},
)
PROPERTIES = {"number": {"type": "integer"}, "note": {"type": ["string", "null"]}}
TRIGGER = TriggerModel(
    slug="ACME_ORDER",
    app="acme",
    config=JsonSchema({"type": "object", "properties": {"shop": {"type": "string"}}}),
    payload=JsonSchema({"type": "object", "properties": PROPERTIES}),
    webhook=SOURCE,
)
ORDER = {"id": "e1", "type": "order", "shop": "north", "account": 7, "order": {"number": 12}}


def with_source(**changes: Any) -> TriggerModel:
    return replace(TRIGGER, webhook=replace(SOURCE, **changes))


def post(body: Any, **headers: str) -> Incoming:
    return Incoming.of(headers, json.dumps(body).encode(), url="https://h.example/webhooks/x?a=1")


def target(id: str = "ti_1", account: Any = "7", *, own: bool = True, **config: Any) -> Recipient:
    return Recipient(id=id, config=config, connection={} if account is None else {"account": account}, own=own)


def test_one_event_reaches_every_instance_that_it_is_meant_for_and_no_other() -> None:
    targets = [
        target("all", own=False),
        target("fits", shop="North", own=False),
        target("other shop", shop="south", own=False),
        target("other account", account="8", own=False),
        target("number", account=7.0, own=False),
    ]
    assert [event.target for event in events_of(TRIGGER, post(ORDER), targets)] == ["all", "fits", "number"]


@pytest.mark.parametrize("body", [ORDER, {**ORDER, "account": None}, {**ORDER, "shop": None}])
def test_at_a_shared_address_what_nobody_knows_is_nobodys(body: dict[str, Any]) -> None:
    unknown = target(account=None, shop="north", own=False)
    assert events_of(TRIGGER, post(body), [unknown]) == []
    assert len(events_of(TRIGGER, post(body), [replace(unknown, own=True)])) == 1


def test_an_id_in_a_connection_must_be_the_same_to_the_letter() -> None:
    body = {**ORDER, "account": "aB"}
    assert events_of(TRIGGER, post(body), [target(account="ab")]) == []
    assert len(events_of(TRIGGER, post(body), [target(account="aB")])) == 1


def test_each_entry_of_a_batch_is_an_event_of_its_own() -> None:
    trigger = with_source(items="body", when="item.type == 'order'", id="item.id", match={}, payload={"number": "item.n"})
    batch = [{"type": "order", "id": 1, "n": 1}, {"type": "other", "id": 2}, {"type": "order", "id": 3, "n": 3}]
    found = events_of(trigger, post(batch), [target()])
    assert [(event.key, event.payload["number"], event.original) for event in found] == [("1", 1, batch[0]), ("3", 3, batch[2])]


def test_a_payload_of_a_new_shape_is_delivered_and_flagged() -> None:
    [event] = events_of(TRIGGER, post({**ORDER, "order": {"number": "twelve", "note": {"a": 1}}}), [target()])
    assert event.payload == {"number": "twelve", "note": {"a": 1}}
    assert event.warning == "number is string, not integer; note is object, not string or null"
    assert event.original["order"] == {"number": "twelve", "note": {"a": 1}}
    [event] = events_of(with_source(payload={"number": "body.id + 1"}), post(ORDER), [target()])
    assert event.payload == {"number": None, "note": None}
    assert event.warning.startswith("number: 'body.id + 1' failed")


def test_an_event_without_an_id_is_known_by_its_bytes() -> None:
    trigger = with_source(id="body.nothing")
    [one], [same] = (events_of(trigger, post(ORDER), [target()]) for _ in range(2))
    [other] = events_of(trigger, post({**ORDER, "id": "e2"}), [target()])
    assert one.key == same.key != other.key


@pytest.mark.parametrize("value", ["x" * 201, "a\nb", "\x00", "\ud800", ""])
def test_a_key_is_always_short_and_can_be_stored(value: str) -> None:
    assert key_of(value).startswith("sha256:")
    assert key_of(value) == key_of(value) != key_of(f"{value}1")


@pytest.mark.parametrize("body", [b"nope", b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_a_signed_body_that_is_not_json_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="not JSON"):
        events_of(TRIGGER, Incoming.of({}, body), [target()])


def test_a_trigger_that_expects_a_form_refuses_json() -> None:
    with pytest.raises(InvalidRequest, match="form"):
        events_of(with_source(form=True), post(ORDER), [target()])


def test_a_poll_takes_no_requests() -> None:
    with pytest.raises(InvalidRequest, match="polled"):
        events_of(replace(TRIGGER, webhook=None), post(ORDER), [target()])


def test_an_empty_body_is_read_by_its_headers() -> None:
    trigger = with_source(
        when="headers['x-state'] == 'exists'", id="headers['x-n']", match={}, payload={"number": "headers['x-n']|int"}
    )
    [event] = events_of(trigger, Incoming.of({"X-State": "exists", "X-N": "4"}, b""), [target()])
    assert (event.key, event.payload["number"]) == ("4", 4)


def test_what_an_event_only_names_is_fetched_with_the_instances_own_values() -> None:
    trigger = with_source(
        fetch=Request(action="ACME_GET", arguments={"id": "{{ body.id }}", "after": "{{ subscription.cursor }}"}),
        keep={"cursor": "fetched.cursor", "nothing": "fetched.none"},
        payload={"number": "fetched.number"},
    )
    one = Recipient(id="ti_1", connection={"account": "7"}, subscription={"cursor": 4})
    [event] = events_of(trigger, post(ORDER), [one])
    assert event.fetch == Request(action="ACME_GET", arguments={"id": "e1", "after": 4})
    done, kept = complete(trigger, event, ORDER, one, {"cursor": 9, "number": 12})
    assert (done.key, done.payload["number"], done.fetch, kept) == ("e1", 12, None, {"cursor": 9})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "order", "shop", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_whatever_a_provider_sends_gives_events_that_can_be_stored(body: Any) -> None:
    trigger = with_source(
        items="body.order or body", when="", match={"shop": "item.shop"}, id="item.id", payload={"number": "item.x"}
    )
    for event in events_of(trigger, post(body), [target(shop="north")]):
        json.dumps([event.payload, event.original])
        assert event.key
        assert event.key.isprintable()
