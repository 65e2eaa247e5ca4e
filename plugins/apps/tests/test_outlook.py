"""Outlook's own actions: mail, events and contacts with plain fields, against Graph's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio_apps._graph import moment_of, odata_string, search_phrase


def test_an_email_is_sent_with_plain_fields(described: Callable[[str], Any]) -> None:
    api = described("outlook")
    sent = api.run(
        "OUTLOOK_OUTLOOK_SEND_EMAIL",
        to_email="ada@example.com",
        to_name="Ada",
        subject="Hi",
        body="<b>x</b>",
        is_html=True,
        cc_emails=["b@example.com"],
        attachment="data:text/plain;base64,SGk=",
    )
    assert sent["sent"] is True
    message = api.upstream.requests[-1].body["Message"]
    assert message["body"]["contentType"] == "html"
    (to,) = message["toRecipients"]
    assert (to["emailAddress"]["address"], to["emailAddress"]["name"]) == ("ada@example.com", "Ada")
    (attached,) = message["attachments"]
    assert attached["contentBytes"] == "SGk="
    assert "is no email address" in api.refused("OUTLOOK_OUTLOOK_SEND_EMAIL", to_email="ada", subject="s", body="b")


def test_drafts_and_answers_stay_with_their_message(described: Callable[[str], Any]) -> None:
    api = described("outlook")
    api.run("OUTLOOK_OUTLOOK_CREATE_DRAFT", subject="s", body="b", to_recipients=["a@example.com"])
    assert api.upstream.requests[-1].slug == "OUTLOOK_CREATE_A_DRAFT_MESSAGE"
    api.run("OUTLOOK_OUTLOOK_REPLY_EMAIL", message_id="m/1=", comment="Yes", cc_emails=["b@example.com"])
    reply = api.upstream.requests[-1]
    assert reply.slug == "OUTLOOK_REPLY_TO_A_MESSAGE"
    assert "m%2F1%3D" in reply.raw.target
    assert reply.body["Comment"] == "Yes"
    api.run("OUTLOOK_OUTLOOK_REPLY_EMAIL", message_id="m1", comment="Yes", reply_all=True)
    assert api.upstream.requests[-1].body == {"Comment": "Yes"}
    api.run("OUTLOOK_OUTLOOK_CREATE_DRAFT_REPLY", message_id="m1", comment="Perhaps")
    assert api.upstream.requests[-1].slug == "OUTLOOK_CREATE_A_DRAFT_REPLY"


def test_messages_are_listed_by_plain_conditions(described: Callable[[str], Any]) -> None:
    api = described("outlook")
    api.run("OUTLOOK_OUTLOOK_LIST_MESSAGES", is_read=False, from_address="o'neil@example.com", subject_contains="a' or 'b")
    request = api.upstream.requests[-1]
    assert request.query["$filter"] == [
        (
            "receivedDateTime ge 1900-01-01T00:00:00Z and isRead eq false and "
            "from/emailAddress/address eq 'o''neil@example.com' and contains(subject, 'a'' or ''b')"
        )
    ]
    assert request.path == "/v1.0/me/mailFolders/inbox/messages"
    api.run("OUTLOOK_OUTLOOK_LIST_MESSAGES", folder="all", received_date_time_ge="2026-12-01T00:00:00", top=3)
    assert api.upstream.requests[-1].query["$filter"] == ["receivedDateTime ge 2026-12-01T00:00:00+00:00"]
    api.run("OUTLOOK_OUTLOOK_SEARCH_MESSAGES", query='plan "b"', subject='x") OR (y', fromEmail="ada@example.com")
    assert api.upstream.requests[-1].query["$search"] == ['"plan \\"b\\" AND subject:(x OR y) AND from:(ada@example.com)"']
    assert "nothing to search" in api.refused("OUTLOOK_OUTLOOK_SEARCH_MESSAGES")


def test_a_message_is_read_as_text_and_marked(described: Callable[[str], Any]) -> None:
    api = described("outlook")
    api.run("OUTLOOK_OUTLOOK_GET_MESSAGE", message_id="m1")
    assert api.upstream.requests[-1].headers["prefer"] == 'outlook.body-content-type="text"'
    api.run("OUTLOOK_OUTLOOK_UPDATE_EMAIL", message_id="m1", is_read=True)
    assert api.upstream.requests[-1].body == {"@odata.type": "#microsoft.graph.message", "isRead": True}
    assert "nothing to change" in api.refused("OUTLOOK_OUTLOOK_UPDATE_EMAIL", message_id="m1")


def test_events_have_plain_times_and_attendees(described: Callable[[str], Any]) -> None:
    api = described("outlook")
    api.run(
        "OUTLOOK_OUTLOOK_CALENDAR_CREATE_EVENT",
        subject="Lunch",
        start_datetime="2026-12-01T12:00:00",
        end_datetime="2026-12-01T12:00:00Z",
        time_zone="Europe/Berlin",
        attendees_info=["a@example.com", {"email": "b@example.com", "name": "B", "type": "optional"}],
        location="Canteen",
        is_online_meeting=True,
    )
    event = api.upstream.requests[-1].body
    assert event["start"]["dateTime"] == "2026-12-01T12:00:00"
    assert event["end"]["dateTime"] == "2026-12-01T13:00:00"
    assert [one["type"] for one in event["attendees"]] == ["required", "optional"]
    api.run("OUTLOOK_OUTLOOK_UPDATE_CALENDAR_EVENT", event_id="e1", subject="Dinner", attendees=[])
    assert api.upstream.requests[-1].body == {"@odata.type": "#microsoft.graph.event", "subject": "Dinner", "attendees": []}
    assert "nothing to change" in api.refused("OUTLOOK_OUTLOOK_UPDATE_CALENDAR_EVENT", event_id="e1")
    api.run("OUTLOOK_OUTLOOK_GET_EVENT", event_id="e1")
    assert api.run("OUTLOOK_OUTLOOK_DELETE_EVENT", event_id="e1") == {"deleted": "e1"}


def test_events_of_a_time_are_its_occurrences(described: Callable[[str], Any]) -> None:
    api = described("outlook")
    times = {"start_datetime": "2026-12-01T00:00:00", "end_datetime": "2026-12-02T00:00:00"}
    api.run("OUTLOOK_OUTLOOK_LIST_EVENTS", **times, timezone="Europe/Berlin")
    request = api.upstream.requests[-1]
    assert request.slug == "OUTLOOK_LIST_EVENTS_BETWEEN_TWO_TIMES"
    assert request.headers["prefer"] == 'outlook.timezone="Europe/Berlin"'
    api.run("OUTLOOK_OUTLOOK_LIST_EVENTS", start_datetime="2026-12-01T00:00:00", filter="isAllDay eq true")
    request = api.upstream.requests[-1]
    assert request.query["$filter"] == ["isAllDay eq true"]
    assert request.query["endDateTime"] == ["2027-03-01T00:00:00+00:00"]
    api.run("OUTLOOK_OUTLOOK_LIST_EVENTS")
    assert "needs start_datetime" in api.refused("OUTLOOK_OUTLOOK_LIST_EVENTS", end_datetime="2026-12-01T00:00:00")
    assert api.refused("OUTLOOK_OUTLOOK_LIST_EVENTS", timezone='x"\r\nX-Evil: 1')


def test_contacts_are_made_changed_and_listed(described: Callable[[str], Any]) -> None:
    api = described("outlook")
    api.run(
        "OUTLOOK_OUTLOOK_CREATE_CONTACT",
        givenName="Ada",
        emailAddresses=["a@example.com", {"address": "b@example.com", "name": "B"}],
    )
    contact = api.upstream.requests[-1].body
    assert [one["address"] for one in contact["emailAddresses"]] == ["a@example.com", "b@example.com"]
    api.run("OUTLOOK_OUTLOOK_UPDATE_CONTACT", contact_id="c1", mobilePhone="+49 1")
    assert "The contact is empty" in api.refused("OUTLOOK_OUTLOOK_CREATE_CONTACT")
    api.run("OUTLOOK_OUTLOOK_LIST_CONTACTS", top=5)
    api.run("OUTLOOK_OUTLOOK_GET_CONTACT", contact_id="c1")
    api.run("OUTLOOK_OUTLOOK_DELETE_CONTACT", contact_id="c1")


@given(st.text(max_size=30))
def test_a_value_never_leaves_its_literal(text: str) -> None:
    literal = odata_string(text)
    assert literal[1:-1].replace("''", "").count("'") == 0
    assert literal[1:-1].replace("''", "'") == text
    phrase = search_phrase(text)[1:-1]
    assert '"' not in phrase.replace("\\\\", "").replace('\\"', "")


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-12-01T12:00:00", "Pacific Standard Time", ("2026-12-01T12:00:00", "Pacific Standard Time")),
        ("2026-12-01T12:00:00+01:00", "Pacific Standard Time", ("2026-12-01T11:00:00", "UTC")),
        ("2026-12-01T12:00:00+00:00", "Asia/Kolkata", ("2026-12-01T17:30:00", "Asia/Kolkata")),
    ],
)
def test_an_offset_is_not_dropped(text: str, zone: str, moment: tuple[str, str]) -> None:
    found = moment_of(text, zone, "start")
    assert (found["dateTime"], found["timeZone"]) == moment
