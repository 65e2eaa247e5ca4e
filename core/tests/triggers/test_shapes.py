"""The bodies of deliveries in each of the three shapes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.triggers.events import slack_event

from composio.errors import InvalidRequest
from composio.model.event_data import TriggerEventData
from composio.model.trigger_event import PayloadFormat
from composio.triggers.shapes import DEFAULT_SHAPE, SHAPES, check_shape, make_body, shape_event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_the_default_is_what_the_documentations_receivers_read() -> None:
    payload = json.loads(make_body(slack_event(thread_ts="1718.9"), DEFAULT_SHAPE))
    assert payload.get("type") == "slack_receive_message"
    assert payload.get("data", {}).get("channel") == "C1"
    assert payload.get("data", {}).get("thread_ts", "none") == "1718.9"
    assert payload.get("data", {}).get("text") == "hello"


def test_v2_says_whose_event_it_is_beside_the_triggers_fields() -> None:
    assert shape_event(slack_event(), "v2") == {
        "type": "slack_receive_message",
        "timestamp": "2023-11-14T22:13:20.123Z",
        "log_id": "ev_1",
        "data": {
            "connection_id": "ca_1",
            "connection_nano_id": "ca_1",
            "trigger_id": "ti_1",
            "trigger_nano_id": "ti_1",
            "user_id": "jane",
            "channel": "C1",
            "text": "hello",
            "ts": "1719.1",
            "user": "U1",
        },
        "metadata": {
            "log_id": "ev_1",
            "trigger_slug": "SLACK_RECEIVE_MESSAGE",
            "trigger_id": "ti_1",
            "connected_account_id": "ca_1",
            "auth_config_id": "ac_1",
            "toolkit_slug": "slack",
            "user_id": "jane",
        },
    }


def test_in_v2_a_field_of_the_trigger_is_not_hidden_by_ours() -> None:
    shaped = shape_event(slack_event(user_id="of the provider"), "v2")
    assert shaped["data"]["user_id"] == "of the provider"
    assert shaped["metadata"]["user_id"] == "jane"


def test_v3_keeps_the_triggers_fields_apart() -> None:
    shaped = shape_event(slack_event(), "v3")
    assert shaped["type"] == "composio.trigger.message"
    assert shaped["id"] == "ev_1"
    assert shaped["data"] == slack_event().payload
    assert shaped["metadata"]["trigger_slug"] == "SLACK_RECEIVE_MESSAGE"


def test_v07_is_what_its_listener_read() -> None:
    shaped = shape_event(slack_event(), "v1")
    assert {"appName", "clientId", "payload", "originalPayload", "metadata"} <= set(shaped)
    assert shaped["metadata"] == {
        "id": "ti_1",
        "connectionId": "ca_1",
        "triggerName": "SLACK_RECEIVE_MESSAGE",
        "triggerData": "A1",
        "triggerConfig": {"channel_id": "C1"},
        "connection": {"id": "ca_1", "integrationId": "ac_1", "clientUniqueUserId": "jane", "status": "ACTIVE"},
    }


def test_an_event_travels_and_is_the_same() -> None:
    event = slack_event()
    assert TriggerEventData.of(json.loads(make_body(event, "v1"))) == event


def test_an_event_of_v07s_server_is_read_without_our_fields() -> None:
    listed = {
        "appName": "github",
        "payload": {"action": "created"},
        "originalPayload": {},
        "metadata": {
            "id": "t",
            "connectionId": "c",
            "triggerName": "GITHUB_STAR_ADDED_EVENT",
            "triggerData": "",
            "triggerConfig": {},
        },
    }
    event = TriggerEventData.of(listed)
    assert (event.appName, event.payload, event.metadata.triggerName) == (
        "github",
        {"action": "created"},
        "GITHUB_STAR_ADDED_EVENT",
    )
    assert event.model_dump(exclude_none=True)["metadata"]["triggerName"] == "GITHUB_STAR_ADDED_EVENT"


def test_a_copy_can_be_changed_alone() -> None:
    event = slack_event(nested={"list": [1]})
    copy = event.copy()
    copy.payload["nested"]["list"].append(2)
    assert event.payload["nested"] == {"list": [1]}


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(max_size=12), JSON, max_size=4), st.sampled_from(SHAPES))
def test_whatever_a_provider_sends_becomes_json_that_is_always_the_same(
    payload: dict[str, object], shape: PayloadFormat
) -> None:
    event = TriggerEventData(appName="slack", payload=payload, metadata=slack_event().metadata, id="ev_1", timestamp=1.0)
    body = make_body(event, shape)
    assert body.isascii()
    assert json.loads(body, parse_constant=pytest.fail) is not None
    assert body == make_body(event.copy(), shape)


@pytest.mark.parametrize(("given_name", "meant"), [("V2", "v2"), ("v3", "v3"), ("v1", "v1"), (" v0.7 ", "v1"), ("0.7", "v1")])
def test_shapes_are_named_as_people_write_them(given_name: str, meant: str) -> None:
    assert check_shape(given_name) == meant


def test_an_unknown_shape_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidRequest, match=r"v1 .*, v2 and v3"):
        check_shape("v9")
