"""Google Calendar actions on calendars, free times and events that are there: v0.7's names and arguments.

Source of the calls: https://developers.google.com/workspace/calendar/api/v3/reference. v0.7's arguments are from memory where the
published SDK does not say; where it set an event anew, what is left out stays here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute
from composio_apps._times import moment, named_zone, read_time

Calendar = Annotated[str, Field(description="The calendar's id; `primary` is the account's own", min_length=1)]
EventId = Annotated[str, Field(description="The event's id, as find_event returns it", min_length=1)]
SendUpdates = Annotated[
    Literal["all", "externalOnly", "none"] | None, Field(description="Who of the attendees gets an email about it")
]


def _calendar(calendar_id: str, rest: str = "") -> str:
    return f"/calendars/{quote(calendar_id, safe='')}{rest}"


def _event(calendar_id: str, event_id: str) -> str:
    return _calendar(calendar_id, f"/events/{quote(event_id, safe='')}")


def _drop_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@action(toolname="googlecalendar", tags=["important"])
async def list_calendars(
    execute_request: Execute,
    max_results: Annotated[int, Field(description="Calendars to return", ge=1, le=250)] = 50,
    page_token: Annotated[str | None, Field(description="`nextPageToken` of the page before")] = None,
    min_access_role: Annotated[
        Literal["freeBusyReader", "reader", "writer", "owner"] | None, Field(description="Only calendars where one may do this")
    ] = None,
    show_hidden: Annotated[bool | None, Field(description="List hidden ones too")] = None,
    show_deleted: Annotated[bool | None, Field(description="List deleted ones too")] = None,
    sync_token: Annotated[
        str | None, Field(description="`nextSyncToken` of an earlier answer: only what changed since")
    ] = None,
) -> dict[str, Any]:
    """List the account's calendars. Returns them in `calendars` and `items`, and `nextPageToken` where there are more."""
    query = _drop_none(
        maxResults=max_results,
        pageToken=page_token,
        minAccessRole=min_access_role,
        showHidden=show_hidden,
        showDeleted=show_deleted,
        syncToken=sync_token,
    )
    page: dict[str, Any] = await execute_request("/users/me/calendarList", query=query)
    return {**page, "calendars": page.get("items") or []}


@action(toolname="googlecalendar", tags=["important"])
async def get_calendar(execute_request: Execute, calendar_id: Calendar = "primary") -> dict[str, Any]:
    """Get a calendar's title, description and time zone."""
    return await execute_request(_calendar(calendar_id))


@action(toolname="googlecalendar")
async def patch_calendar(
    execute_request: Execute,
    calendar_id: Calendar,
    summary: Annotated[str | None, Field(description="Its new title")] = None,
    description: Annotated[str | None, Field(description="Its new description")] = None,
    location: Annotated[str | None, Field(description="Where it is, as text")] = None,
    timezone: Annotated[str | None, Field(description="IANA name, such as Europe/Berlin")] = None,
) -> dict[str, Any]:
    """Change a calendar's title, description, place or time zone; what is left out stays. Returns it."""
    if timezone:
        named_zone(timezone)
    body = _drop_none(summary=summary, description=description, location=location, timeZone=timezone)
    if not body:
        raise ValueError("There is nothing to change; give summary, description, location or timezone.")
    return await execute_request(_calendar(calendar_id), method="PATCH", body=body)


@action(toolname="googlecalendar")
async def duplicate_calendar(
    execute_request: Execute, summary: Annotated[str, Field(description="The new calendar's title", min_length=1)]
) -> dict[str, Any]:
    """Create an empty calendar, under the name that v0.7 had for it. Returns it with its id."""
    return await execute_request("/calendars", method="POST", body={"summary": summary})


@action(toolname="googlecalendar", tags=["important"])
async def quick_add(
    execute_request: Execute,
    text: Annotated[
        str,
        Field(description="What is when, as one would say it", min_length=1, examples=["Lunch with Ada tomorrow 12:30-13:30"]),
    ],
    calendar_id: Calendar = "primary",
    send_updates: SendUpdates = None,
) -> dict[str, Any]:
    """Create an event from a sentence. Returns it; check its times."""
    query = _drop_none(text=text, sendUpdates=send_updates)
    return await execute_request(_calendar(calendar_id, "/events/quickAdd"), method="POST", query=query)


@action(toolname="googlecalendar", tags=["important"])
async def delete_event(
    execute_request: Execute, event_id: EventId, calendar_id: Calendar = "primary", send_updates: SendUpdates = None
) -> dict[str, Any]:
    """Delete an event. Of a recurring one, the id of an occurrence deletes that alone."""
    query = _drop_none(sendUpdates=send_updates)
    await execute_request(_event(calendar_id, event_id), method="DELETE", query=query)
    return {"deleted": event_id}


@action(toolname="googlecalendar", tags=["important"])
async def remove_attendee(
    execute_request: Execute,
    event_id: EventId,
    attendee_email: Annotated[str, Field(description="Email address of whom to take off", min_length=3)],
    calendar_id: Calendar = "primary",
    send_updates: SendUpdates = None,
) -> dict[str, Any]:
    """Take somebody off an event's list of attendees. Returns the event."""
    event = await execute_request(_event(calendar_id, event_id))
    attendees = event.get("attendees") or []
    wanted = attendee_email.strip().casefold()
    left = [one for one in attendees if str(one.get("email", "")).casefold() != wanted]
    if len(left) == len(attendees):
        listed = ", ".join(str(one.get("email")) for one in attendees) or "nobody"
        raise ValueError(f"{attendee_email!r:.80} is not invited; invited are: {listed}")
    query = _drop_none(sendUpdates=send_updates)
    return await execute_request(_event(calendar_id, event_id), method="PATCH", body={"attendees": left}, query=query)


@action(toolname="googlecalendar", tags=["important"])
async def update_event(
    execute_request: Execute,
    event_id: EventId,
    calendar_id: Calendar = "primary",
    start_datetime: Annotated[
        str | None,
        Field(description="When it begins, ISO 8601; in `timezone` where it says no offset. It lasts as long as before"),
    ] = None,
    event_duration_hour: Annotated[int | None, Field(description="How long it takes: hours", ge=0, le=24)] = None,
    event_duration_minutes: Annotated[
        int | None, Field(description="How long it takes: minutes beside the hours", ge=0, le=59)
    ] = None,
    timezone: Annotated[str | None, Field(description="IANA name, such as Europe/Berlin; else the event's own")] = None,
    summary: Annotated[str | None, Field(description="The event's title")] = None,
    description: Annotated[str | None, Field(description="What it is about; may hold HTML")] = None,
    location: Annotated[str | None, Field(description="Where it is, as text")] = None,
    attendees: Annotated[
        list[str] | None, Field(description="Email addresses of all who are invited; answers of those who stay are kept")
    ] = None,
    recurrence: Annotated[list[str] | None, Field(description="RRULE, EXRULE, RDATE and EXDATE lines, RFC 5545")] = None,
    visibility: Annotated[
        Literal["default", "public", "private", "confidential"] | None, Field(description="Who sees it")
    ] = None,
    transparency: Annotated[Literal["opaque", "transparent"] | None, Field(description="Whether it blocks time")] = None,
    guests_can_modify: Annotated[bool | None, Field(description="Whether attendees may change it")] = None,
    send_updates: SendUpdates = None,
) -> dict[str, Any]:
    """Change an event; what is left out stays. Returns it."""
    body = _drop_none(
        summary=summary,
        description=description,
        location=location,
        recurrence=recurrence,
        visibility=visibility,
        transparency=transparency,
        guestsCanModify=guests_can_modify,
    )
    is_moved = any(value is not None for value in (start_datetime, event_duration_hour, event_duration_minutes))
    if is_moved or attendees is not None:
        event = await execute_request(_event(calendar_id, event_id))
        if is_moved:
            body |= _times(event, start_datetime, event_duration_hour, event_duration_minutes, timezone)
        if attendees is not None:
            known = {str(one.get("email", "")).casefold(): one for one in event.get("attendees") or ()}
            body["attendees"] = [known.get(address.casefold(), {"email": address}) for address in attendees]
    if not body:
        raise ValueError("There is nothing to change; give one of the event's fields.")
    return await execute_request(
        _event(calendar_id, event_id), method="PATCH", body=body, query=_drop_none(sendUpdates=send_updates)
    )


def _times(
    event: dict[str, Any], start: str | None, hours: int | None, minutes: int | None, zone: str | None
) -> dict[str, Any]:
    """Return when a changed event begins and ends. A whole-day event becomes a timed one only with a start and a length."""
    old_start, old_end = (event.get(name) or {} for name in ("start", "end"))
    zone = zone or old_start.get("timeZone")
    was = [datetime.fromisoformat(one["dateTime"]) for one in (old_start, old_end) if one.get("dateTime")]
    is_timed = len(was) == 2
    if not is_timed and (start is None or (hours is None and minutes is None)):
        raise ValueError("The event lasts whole days; give start_datetime and how long it takes, both, to give it a time.")
    begins = was[0] if start is None else read_time(start, zone)
    lasts = was[1] - was[0] if hours is None and minutes is None else timedelta(hours=hours or 0, minutes=minutes or 0)
    if not lasts:
        raise ValueError("an event lasts a minute or more; give event_duration_hour or event_duration_minutes")
    if begins.tzinfo is None:
        raise ValueError("start_datetime says no offset and the event no time zone; give timezone, such as Europe/Berlin.")
    # null removes the date of a whole-day event
    gone: dict[str, Any] = {} if is_timed else {"date": None}
    return {"start": {**moment(begins, zone), **gone}, "end": {**moment(begins + lasts, zone), **gone}}


@action(toolname="googlecalendar", tags=["important"])
async def find_free_slots(
    execute_request: Execute,
    time_min: Annotated[
        str | None, Field(description="When to look from, ISO 8601, in `timezone` where it says no offset; now if left out")
    ] = None,
    time_max: Annotated[str | None, Field(description="When to look until; a day later if left out")] = None,
    timezone: Annotated[str, Field(description="IANA name, such as Europe/Berlin; the answer is in it too")] = "UTC",
    items: Annotated[
        list[str] | None, Field(description="Ids of calendars, which are email addresses; the account's own if left out")
    ] = None,
    calendar_expansion_max: Annotated[int, Field(description="At most this many calendars", ge=1, le=50)] = 50,
    group_expansion_max: Annotated[int, Field(description="At most this many members of a group", ge=1, le=100)] = 100,
    minimum_minutes: Annotated[int, Field(description="Leave out free times that are shorter", ge=1, le=1440)] = 1,
) -> dict[str, Any]:
    """Find when calendars are free and busy. Returns `busy` by calendar, and in `free` when all of them are free."""
    zone = named_zone(timezone)
    begins = read_time(time_min, timezone, "time_min") if time_min else datetime.now(zone).replace(microsecond=0)
    ends = read_time(time_max, timezone, "time_max") if time_max else begins + timedelta(days=1)
    if ends <= begins:
        raise ValueError(f"time_max {ends.isoformat()} is not after time_min {begins.isoformat()}")
    body = {
        "timeMin": begins.isoformat(),
        "timeMax": ends.isoformat(),
        "timeZone": timezone,
        "items": [{"id": one} for one in items or ["primary"]],
        "calendarExpansionMax": calendar_expansion_max,
        "groupExpansionMax": group_expansion_max,
    }
    found: dict[str, Any] = await execute_request("/freeBusy", method="POST", body=body)
    calendars = found.get("calendars") or {}
    unknown = {name: one["errors"] for name, one in calendars.items() if one.get("errors")}
    busy = [
        (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"]))
        for calendar in calendars.values()
        for one in calendar.get("busy") or ()
    ]
    return {
        **found,
        "free": _between(begins.astimezone(zone), ends.astimezone(zone), busy, timedelta(minutes=minimum_minutes)),
        **({"unknown_calendars": unknown} if unknown else {}),
    }


def _between(
    begins: datetime, ends: datetime, busy: list[tuple[datetime, datetime]], shortest: timedelta
) -> list[dict[str, str]]:
    """Return a period without the busy ones in it, in its own zone."""
    free = []
    for start, end in [*sorted(busy), (ends, ends)]:
        until = min(start, ends)
        if until - begins >= shortest:
            free.append({"start": begins.isoformat(), "end": until.astimezone(begins.tzinfo).isoformat()})
        begins = max(begins, end.astimezone(begins.tzinfo))
    return free
