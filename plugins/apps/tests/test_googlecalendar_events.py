"""Google Calendar's actions on calendars, free times and events that are there, against the API's description."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio_apps.googlecalendar.calendars import _between

GET, PATCH = "GOOGLECALENDAR_CALENDAR_EVENTS_GET", "GOOGLECALENDAR_CALENDAR_EVENTS_PATCH"
EVENT = {
    "id": "e1",
    "start": {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-12-01T11:30:00+01:00", "timeZone": "Europe/Berlin"},
    "attendees": [{"email": "Ada@example.com", "responseStatus": "accepted"}, {"email": "bob@example.com"}],
}


def test_calendars_are_listed_read_made_and_changed(described: Callable[[str], Any]) -> None:
    api = described("googlecalendar")
    api.upstream.reply("GOOGLECALENDAR_CALENDAR_CALENDAR_LIST_LIST", json={"items": [{"id": "primary"}]})
    assert api.run("GOOGLECALENDAR_LIST_CALENDARS")["calendars"] == [{"id": "primary"}]
    api.run("GOOGLECALENDAR_GET_CALENDAR", calendar_id="a/b@example.com")
    assert "a%2Fb%40example.com" in api.upstream.requests[-1].raw.target
    api.run("GOOGLECALENDAR_DUPLICATE_CALENDAR", summary="Team")
    api.run("GOOGLECALENDAR_PATCH_CALENDAR", calendar_id="primary", timezone="Europe/Berlin")
    assert api.upstream.requests[-1].body == {"timeZone": "Europe/Berlin"}
    assert "no IANA name" in api.refused("GOOGLECALENDAR_PATCH_CALENDAR", calendar_id="primary", timezone="Berlin")
    assert "nothing to change" in api.refused("GOOGLECALENDAR_PATCH_CALENDAR", calendar_id="primary")


def test_events_are_added_by_a_sentence_and_deleted(described: Callable[[str], Any]) -> None:
    api = described("googlecalendar")
    api.run("GOOGLECALENDAR_QUICK_ADD", text="Lunch tomorrow 12:30", send_updates="all")
    assert api.upstream.requests[-1].query == {"text": ["Lunch tomorrow 12:30"], "sendUpdates": ["all"]}
    assert api.run("GOOGLECALENDAR_DELETE_EVENT", event_id="e1") == {"deleted": "e1"}
    assert api.upstream.requests[-1].method == "DELETE"


def test_an_event_moves_with_its_length_and_keeps_answers(described: Callable[[str], Any]) -> None:
    api = described("googlecalendar")
    api.upstream.reply(GET, json=EVENT)
    api.run(
        "GOOGLECALENDAR_UPDATE_EVENT",
        event_id="e1",
        start_datetime="2026-12-02T09:00:00",
        attendees=["ada@example.com", "cy@example.com"],
    )
    assert api.upstream.requests[-1].body == {
        "start": {"dateTime": "2026-12-02T09:00:00+01:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-12-02T10:30:00+01:00", "timeZone": "Europe/Berlin"},
        "attendees": [EVENT["attendees"][0], {"email": "cy@example.com"}],  # type: ignore[index] # a list, above
    }
    api.run("GOOGLECALENDAR_UPDATE_EVENT", event_id="e1", event_duration_hour=2)
    assert api.upstream.requests[-1].body["end"]["dateTime"] == "2026-12-01T12:00:00+01:00"
    api.run("GOOGLECALENDAR_UPDATE_EVENT", event_id="e1", summary="New")
    assert api.upstream.requests[-1].body == {"summary": "New"}
    assert "nothing to change" in api.refused("GOOGLECALENDAR_UPDATE_EVENT", event_id="e1")


def test_a_whole_day_gets_a_time_only_with_start_and_length(described: Callable[[str], Any]) -> None:
    api = described("googlecalendar")
    api.upstream.reply(GET, json={"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}})
    start = "2026-12-01T09:00:00Z"
    assert "lasts whole days" in api.refused("GOOGLECALENDAR_UPDATE_EVENT", event_id="e1", start_datetime=start)
    assert all(request.method == "GET" for request in api.upstream.requests)


def test_somebody_is_taken_off_an_event(described: Callable[[str], Any]) -> None:
    api = described("googlecalendar")
    api.upstream.reply(GET, json=EVENT)
    api.run("GOOGLECALENDAR_REMOVE_ATTENDEE", event_id="e1", attendee_email="ada@EXAMPLE.com")
    assert api.upstream.requests[-1].body == {"attendees": [{"email": "bob@example.com"}]}
    assert "invited are: Ada@example.com, bob@example.com" in api.refused(
        "GOOGLECALENDAR_REMOVE_ATTENDEE", event_id="e1", attendee_email="cy@example.com"
    )


def test_free_times_are_when_nobody_is_busy(described: Callable[[str], Any]) -> None:
    api = described("googlecalendar")
    busy = {
        "primary": {"busy": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}]},
        "b@example.com": {"busy": [{"start": "2026-12-01T09:30:00Z", "end": "2026-12-01T11:00:00Z"}]},
        "c@example.com": {"errors": [{"domain": "global", "reason": "notFound"}]},
    }
    api.upstream.reply("GOOGLECALENDAR_CALENDAR_FREEBUSY_QUERY", json={"calendars": busy})
    found = api.run(
        "GOOGLECALENDAR_FIND_FREE_SLOTS",
        time_min="2026-12-01T09:00:00",
        time_max="2026-12-01T18:00:00",
        timezone="Europe/Berlin",
        items=["primary", "b@example.com", "c@example.com"],
    )
    assert found["free"] == [
        {"start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T10:00:00+01:00"},
        {"start": "2026-12-01T12:00:00+01:00", "end": "2026-12-01T18:00:00+01:00"},
    ]
    assert list(found["unknown_calendars"]) == ["c@example.com"]
    assert "is not after time_min" in api.refused(
        "GOOGLECALENDAR_FIND_FREE_SLOTS", time_min="2026-12-01T09:00:00", time_max="2026-12-01T09:00:00"
    )


DAY = datetime(2026, 12, 1, tzinfo=UTC)
SPANS = st.tuples(st.integers(-60, 1500), st.integers(0, 300)).map(
    lambda span: (DAY + timedelta(minutes=span[0]), DAY + timedelta(minutes=sum(span)))
)


@given(st.lists(SPANS, max_size=8))
def test_every_minute_is_free_or_busy(busy: list[tuple[datetime, datetime]]) -> None:
    end = DAY + timedelta(days=1)
    free = [
        (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"]))
        for one in _between(DAY, end, busy, timedelta(minutes=1))
    ]
    for minute in range(0, 1440, 7):
        when = DAY + timedelta(minutes=minute, seconds=30)
        is_busy = any(start <= when < stop for start, stop in busy)
        assert is_busy != any(start <= when < stop for start, stop in free)


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "a\0b"])
def test_what_is_no_zone_is_refused_before_anything_is_sent(described: Callable[[str], Any], zone: str) -> None:
    api = described("googlecalendar")
    assert "no IANA name" in api.refused("GOOGLECALENDAR_FIND_FREE_SLOTS", timezone=zone)
    assert api.upstream.requests == []
