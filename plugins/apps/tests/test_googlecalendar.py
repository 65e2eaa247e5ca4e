"""Google Calendar's own actions: what they ask of the API, and what comes back."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from composio_apps.googlecalendar.actions import create_event, find_event, get_current_date_time
from tests.peers.answering import AnsweringApi

OTHERWISE = {"id": "e1"}


def create(api: AnsweringApi, *args: Any, **more: Any) -> Any:
    return asyncio.run(create_event(api, *args, **more))


def test_an_event_is_made_of_plain_fields() -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    made = create(
        api,
        "2026-12-01T13:00:00",
        event_duration_hour=1,
        timezone="Europe/Berlin",
        summary="Lunch",
        attendees=["ada@example.com", "bob@example.com"],
        send_updates=True,
    )
    assert made == {"id": "e1"}
    ((method, endpoint, body, query),) = api.asked
    assert (method, endpoint, query) == ("POST", "/calendars/primary/events", {"sendUpdates": "all"})
    assert body == {
        "start": {"dateTime": "2026-12-01T13:00:00+01:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-12-01T14:30:00+01:00", "timeZone": "Europe/Berlin"},
        "summary": "Lunch",
        "attendees": [{"email": "ada@example.com"}, {"email": "bob@example.com"}],
    }


def test_guests_and_the_kind_of_event_are_v0_7s_arguments() -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    flags = {"guestsCanInviteOthers": True, "guestsCanSeeOtherGuests": False, "eventType": "default"}
    create(api, "2026-12-01T13:00:00Z", guests_can_modify=False, **flags)
    body = api.asked[-1][2]
    assert {name: body[name] for name in flags} == flags
    assert body["guestsCanModify"] is False


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ({}, {}),
        ({"attendees": ["a@b.c"]}, {"sendUpdates": "all"}),
        ({"attendees": ["a@b.c"], "send_updates": False}, {"sendUpdates": "none"}),
        ({"send_updates": True}, {"sendUpdates": "all"}),
    ],
)
def test_attendees_are_told_unless_send_updates_is_false(given: dict[str, Any], query: dict[str, Any]) -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    create(api, "2026-12-01T13:00:00Z", **given)
    assert api.asked[-1][3] == query


def test_the_organizer_is_an_attendee_where_asked_for() -> None:
    api = AnsweringApi({"/calendars/primary": {"id": "me@b.c", "timeZone": "Asia/Tokyo"}})
    create(api, "2026-12-01T13:00:00Z", attendees=["a@b.c", "me@b.c"], exclude_organizer=False)
    body = api.asked[-1][2]
    assert body["attendees"] == [{"email": "a@b.c"}, {"email": "me@b.c"}]
    assert "timeZone" not in body["start"]


def test_without_a_zone_the_calendars_own_is_taken() -> None:
    api = AnsweringApi({"/calendars/a%40b.c": {"timeZone": "Asia/Tokyo"}})
    create(api, "2026-12-01T13:00:00", calendar_id="a@b.c")
    body = api.asked[-1][2]
    assert body["start"] == {"dateTime": "2026-12-01T13:00:00", "timeZone": "Asia/Tokyo"}
    assert body["end"]["dateTime"] == "2026-12-01T13:30:00"


def test_an_offset_in_the_time_is_enough() -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    create(api, "2026-12-01T13:00:00-05:00", event_duration_minutes=45)
    ((_, _, body, _),) = api.asked
    assert body["start"] == {"dateTime": "2026-12-01T13:00:00-05:00"}
    assert body["end"] == {"dateTime": "2026-12-01T13:45:00-05:00"}


def test_a_meeting_room_is_asked_for() -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    create(api, "2026-12-01T13:00:00Z", create_meeting_room=True)
    _, _, body, query = api.asked[-1]
    assert query == {"conferenceDataVersion": 1}
    assert body["conferenceData"]["createRequest"]["conferenceSolutionKey"] == {"type": "hangoutsMeet"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"start_datetime": "tomorrow"}, "start_datetime is ISO 8601"),
        ({"start_datetime": "2026-12-01T13:00:00", "timezone": "Mars/North"}, "is no IANA name"),
        ({"start_datetime": "2026-12-01T13:00:00Z", "event_duration_minutes": 0}, "lasts a minute or more"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_asked(given: dict[str, Any], said: str) -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    with pytest.raises(ValueError, match=said):
        create(api, **given)
    assert api.asked == []


def test_events_are_found_where_v0_7_had_them() -> None:
    api = AnsweringApi({"/calendars/primary/events": {"items": [{"id": "e1"}], "nextPageToken": "p2"}})
    found = asyncio.run(find_event(api, "lunch", time_min="2026-12-01T00:00:00", time_max="2026-12-02T00:00:00+01:00"))
    assert found["event_data"]["event_data"] == [{"id": "e1"}]
    assert found["nextPageToken"] == "p2"
    query = api.asked[0][3]
    assert query["timeMin"] == "2026-12-01T00:00:00+00:00"
    assert query["timeMax"] == "2026-12-02T00:00:00+01:00"
    assert query["q"] == "lunch"
    assert None not in query.values()
    with pytest.raises(ValueError, match="times are ISO 8601"):
        asyncio.run(find_event(api, time_min="soon"))


@pytest.mark.parametrize(("zone", "offset"), [(0, 0.0), (5.5, 5.5), ("-3", -3.0), ("Asia/Kolkata", 5.5)])
def test_the_time_is_that_of_the_zone(zone: Any, offset: float) -> None:
    now = get_current_date_time(zone)
    read = datetime.fromisoformat(now["current_date_time"])
    utcoffset = read.utcoffset()
    assert utcoffset is not None
    assert utcoffset.total_seconds() / 3600 == offset
    assert (now["year"], now["hour"], now["minute"]) == (read.year, read.hour, read.minute)


@pytest.mark.parametrize("zone", [24, -30, "nan", "Mars/North"])
def test_a_zone_that_is_none_is_said(zone: Any) -> None:
    with pytest.raises(ValueError, match="timezone"):
        get_current_date_time(zone)
