"""Google Calendar actions with plain fields: v0.7's names, arguments and answers.

Source of the calls: https://developers.google.com/workspace/calendar/api/v3/reference
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute
from composio_apps._times import moment, read_time, utc_time, zone_of
from composio_apps.googlecalendar.calendars import (
    delete_event,
    duplicate_calendar,
    find_free_slots,
    get_calendar,
    list_calendars,
    patch_calendar,
    quick_add,
    remove_attendee,
    update_event,
)

__all__ = [
    "create_event",
    "delete_event",
    "duplicate_calendar",
    "find_event",
    "find_free_slots",
    "get_calendar",
    "get_current_date_time",
    "list_calendars",
    "patch_calendar",
    "quick_add",
    "remove_attendee",
    "update_event",
]

Calendar = Annotated[str, Field(description="The calendar's id; `primary` is the account's own")]


def _events(calendar_id: str) -> str:
    return f"/calendars/{quote(calendar_id, safe='')}/events"


@action(toolname="googlecalendar", tags=["important"])
async def create_event(
    execute_request: Execute,
    start_datetime: Annotated[
        str, Field(description="When it begins, ISO 8601: 2026-12-01T13:00:00, in `timezone` where it says no offset")
    ],
    event_duration_hour: Annotated[int, Field(description="How long it takes: hours", ge=0, le=24)] = 0,
    event_duration_minutes: Annotated[int, Field(description="How long it takes: minutes beside the hours", ge=0, le=59)] = 30,
    timezone: Annotated[str | None, Field(description="IANA name, such as Europe/Berlin; else the calendar's own")] = None,
    summary: Annotated[str | None, Field(description="The event's title")] = None,
    description: Annotated[str | None, Field(description="What it is about; may hold HTML")] = None,
    location: Annotated[str | None, Field(description="Where it is, as text")] = None,
    attendees: Annotated[list[str] | None, Field(description="Email addresses of who is invited")] = None,
    recurrence: Annotated[list[str] | None, Field(description="RRULE, EXRULE, RDATE and EXDATE lines, RFC 5545")] = None,
    calendar_id: Calendar = "primary",
    create_meeting_room: Annotated[bool, Field(description="Add a Google Meet link")] = False,
    exclude_organizer: Annotated[bool, Field(description="False lists the calendar's own address as an attendee too")] = True,
    send_updates: Annotated[
        bool | None, Field(description="Whether the attendees get an invitation by email; they do unless this is false")
    ] = None,
    visibility: Annotated[
        Literal["default", "public", "private", "confidential"] | None, Field(description="Who sees it")
    ] = None,
    transparency: Annotated[Literal["opaque", "transparent"] | None, Field(description="Whether it blocks time")] = None,
    guests_can_modify: Annotated[bool | None, Field(description="Whether attendees may change it")] = None,
    guestsCanInviteOthers: Annotated[bool | None, Field(description="Whether attendees may invite others")] = None,  # noqa: N803 - v0.7's name, as the next two
    guestsCanSeeOtherGuests: Annotated[bool | None, Field(description="Whether attendees see each other")] = None,  # noqa: N803 - v0.7 called it so
    eventType: Annotated[  # noqa: N803 - v0.7 called it so
        Literal["default", "outOfOffice", "focusTime", "workingLocation"] | None, Field(description="What kind of event")
    ] = None,
) -> dict[str, Any]:
    """Create an event. Returns it as the API does."""
    begins = read_time(start_datetime, timezone)
    lasts = timedelta(hours=event_duration_hour, minutes=event_duration_minutes)
    if not lasts:
        raise ValueError("an event lasts a minute or more; give event_duration_hour or event_duration_minutes")
    if begins.tzinfo is None or not exclude_organizer:
        found = await execute_request(f"/calendars/{quote(calendar_id, safe='')}")
        if begins.tzinfo is None:
            timezone = str(found.get("timeZone") or "UTC")
        if not exclude_organizer:  # a calendar's id is its address
            attendees = list(dict.fromkeys([*(attendees or ()), str(found["id"])]))
    event: dict[str, Any] = {
        "start": moment(begins, timezone),
        "end": moment(begins + lasts, timezone),
        "summary": summary,
        "description": description,
        "location": location,
        "attendees": None if attendees is None else [{"email": address} for address in attendees],
        "recurrence": recurrence,
        "visibility": visibility,
        "transparency": transparency,
        "guestsCanModify": guests_can_modify,
        "guestsCanInviteOthers": guestsCanInviteOthers,
        "guestsCanSeeOtherGuests": guestsCanSeeOtherGuests,
        "eventType": eventType,
    }
    query: dict[str, Any] = {}
    if send_updates is not None or attendees:
        query["sendUpdates"] = "none" if send_updates is False else "all"
    if create_meeting_room:
        kind = {"type": "hangoutsMeet"}
        event["conferenceData"] = {"createRequest": {"requestId": uuid.uuid4().hex, "conferenceSolutionKey": kind}}
        query["conferenceDataVersion"] = 1
    body = {name: value for name, value in event.items() if value is not None}
    return await execute_request(_events(calendar_id), method="POST", body=body, query=query)


@action(toolname="googlecalendar", tags=["important"])
async def find_event(
    execute_request: Execute,
    query: Annotated[str | None, Field(description="Text in the title, description, location or attendees")] = None,
    time_min: Annotated[
        str | None, Field(description="Only what ends after this, ISO 8601; UTC where it says no offset")
    ] = None,
    time_max: Annotated[
        str | None, Field(description="Only what begins before this, ISO 8601; UTC where it says no offset")
    ] = None,
    max_results: Annotated[int, Field(description="Events to return", ge=1, le=2500)] = 10,
    calendar_id: Calendar = "primary",
    single_events: Annotated[bool, Field(description="List each occurrence of a recurring event")] = True,
    order_by: Annotated[
        Literal["startTime", "updated"] | None, Field(description="Order; startTime needs single_events")
    ] = None,
    show_deleted: Annotated[bool | None, Field(description="List cancelled events too")] = None,
    updated_min: Annotated[str | None, Field(description="Only what changed after this, ISO 8601")] = None,
    event_types: Annotated[
        list[str] | None, Field(description="Only events of these types, such as default, focusTime")
    ] = None,
    page_token: Annotated[str | None, Field(description="`nextPageToken` of the page before")] = None,
) -> dict[str, Any]:
    """Find events. Returns them in `event_data.event_data`, and `nextPageToken` where there are more."""
    asked = {
        "q": query,
        "timeMin": utc_time(time_min),
        "timeMax": utc_time(time_max),
        "maxResults": max_results,
        "singleEvents": single_events,
        "orderBy": order_by,
        "showDeleted": show_deleted,
        "updatedMin": utc_time(updated_min),
        "eventTypes": event_types,
        "pageToken": page_token,
    }
    page = await execute_request(_events(calendar_id), query={name: one for name, one in asked.items() if one is not None})
    return {
        "event_data": {"event_data": page.get("items") or []},
        "nextPageToken": page.get("nextPageToken"),
        "timeZone": page.get("timeZone"),
    }


@action(toolname="googlecalendar", tags=["important"])
def get_current_date_time(
    timezone: Annotated[
        float | str, Field(description="Hours from UTC, such as 5.5, or an IANA name such as Asia/Kolkata")
    ] = 0,
) -> dict[str, Any]:
    """Get the current date and time."""
    now = datetime.now(zone_of(timezone))
    parts = {name: getattr(now, name) for name in ("year", "month", "day", "hour", "minute", "second")}
    return {"current_date_time": now.isoformat(timespec="seconds"), "weekday": f"{now:%A}", **parts}
