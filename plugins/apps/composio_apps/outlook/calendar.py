"""Outlook events and contacts with plain fields: v0.7's names and arguments.

Source of the calls: https://learn.microsoft.com/graph/api/resources/event and .../contact. v0.7's arguments are from memory where
the published SDK does not say.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypedDict, Unpack

from pydantic import BaseModel, Field

from composio import action
from composio_apps._execute import Execute
from composio_apps._graph import given, moment_of, of_type, segment
from composio_apps._times import utc_time
from composio_apps.outlook.mail import IsHtml, Top, User, content, email_address, mailbox

EventId = Annotated[str, Field(description="The event's id, as outlook_list_events returns it", min_length=1)]
ContactId = Annotated[str, Field(description="The contact's id, as outlook_list_contacts returns it", min_length=1)]
TimeZone = Annotated[str, Field(description="Zone of the times, such as Europe/Berlin or Pacific Standard Time", min_length=1)]
ShowAs = Annotated[
    Literal["free", "tentative", "busy", "oof", "workingElsewhere"] | None, Field(description="How the time is shown to others")
]


class Attendee(BaseModel):
    """Somebody who is invited."""

    email: str = Field(description="Email address", min_length=3)
    name: str | None = Field(default=None, description="Their name")
    type: Literal["required", "optional", "resource"] = Field(default="required", description="Whether they have to come")


Attendees = Annotated[
    list[Attendee | str] | None,
    Field(description="Who is invited: email addresses, or objects with email, name and type", examples=[["ada@example.com"]]),
]


def _attendees(people: list[Attendee | str] | None) -> list[dict[str, Any]] | None:
    if people is None:
        return None
    made = []
    for one in people:
        person = Attendee(email=one) if isinstance(one, str) else Attendee.model_validate(one)
        made.append(of_type("attendee", emailAddress=email_address(person.email, person.name), type=person.type))
    return made


class Details(TypedDict, total=False):
    """What an event says besides its title, times and people."""

    body: Annotated[str | None, Field(description="What it is about, plain or HTML")]
    is_html: IsHtml
    location: Annotated[str | None, Field(description="Where it is, as text")]
    show_as: ShowAs
    categories: Annotated[list[str] | None, Field(description="Its categories")]


def _details(details: Details) -> dict[str, Any]:
    location = details.get("location")
    return {
        "body": content(details.get("body"), details.get("is_html", False)),
        "location": None if location is None else of_type("location", displayName=location),
        "showAs": details.get("show_as"),
        "categories": details.get("categories"),
    }


@action(toolname="outlook", tags=["important"])
async def outlook_calendar_create_event(
    execute_request: Execute,
    subject: Annotated[str, Field(description="The event's title")],
    start_datetime: Annotated[str, Field(description="When it begins, ISO 8601, such as 2026-12-01T13:00:00")],
    end_datetime: Annotated[str, Field(description="When it ends, ISO 8601")],
    time_zone: TimeZone = "UTC",
    attendees_info: Attendees = None,
    is_online_meeting: Annotated[bool, Field(description="Add a link to a Teams meeting")] = False,
    user_id: User = "me",
    **details: Unpack[Details],
) -> dict[str, Any]:
    """Create an event, and invite those who are named. Returns it with its id."""
    event = of_type(
        "event",
        subject=subject,
        start=moment_of(start_datetime, time_zone, "start_datetime"),
        end=moment_of(end_datetime, time_zone, "end_datetime"),
        attendees=_attendees(attendees_info),
        isOnlineMeeting=is_online_meeting or None,
        onlineMeetingProvider="teamsForBusiness" if is_online_meeting else None,
        **_details(details),
    )
    return await execute_request(mailbox(user_id, "/events"), method="POST", body=event)


@action(toolname="outlook", tags=["important"])
async def outlook_update_calendar_event(
    execute_request: Execute,
    event_id: EventId,
    subject: Annotated[str | None, Field(description="The event's title")] = None,
    start_datetime: Annotated[str | None, Field(description="When it begins, ISO 8601")] = None,
    end_datetime: Annotated[str | None, Field(description="When it ends, ISO 8601")] = None,
    time_zone: TimeZone = "UTC",
    attendees: Annotated[
        list[Attendee | str] | None,
        Field(description="All who are invited: email addresses, or objects with email, name and type"),
    ] = None,
    user_id: User = "me",
    **details: Unpack[Details],
) -> dict[str, Any]:
    """Change an event; what is left out stays. Returns it."""
    changes = given(
        subject=subject,
        start=moment_of(start_datetime, time_zone, "start_datetime") if start_datetime else None,
        end=moment_of(end_datetime, time_zone, "end_datetime") if end_datetime else None,
        attendees=_attendees(attendees),
        **_details(details),
    )
    if not changes:
        raise ValueError("There is nothing to change; give one of the event's fields.")
    path = mailbox(user_id, f"/events/{segment(event_id)}")
    return await execute_request(path, method="PATCH", body=of_type("event", **changes))


@action(toolname="outlook", tags=["important"])
async def outlook_list_events(
    execute_request: Execute,
    start_datetime: Annotated[
        str | None,
        Field(description="Only from this time on, ISO 8601, each occurrence of recurring ones; without it all, in no order"),
    ] = None,
    end_datetime: Annotated[str | None, Field(description="Only before this time, ISO 8601; 90 days later if left out")] = None,
    top: Top = 10,
    skip: Annotated[int, Field(description="Leave out this many", ge=0)] = 0,
    filter: Annotated[str | None, Field(description="An OData filter, such as isAllDay eq true")] = None,  # noqa: A002 - v0.7's name
    select: Annotated[list[str] | None, Field(description="Fields of each event; all if left out")] = None,
    timezone: Annotated[str, Field(description="Zone of the times in the answer", pattern=r"^[\w/+\-. ()]+$")] = "UTC",
    user_id: User = "me",
) -> dict[str, Any]:
    """List events. Returns them in `value`."""
    if end_datetime and not start_datetime:
        raise ValueError("end_datetime needs start_datetime; give both.")
    query = given(**{"$top": top, "$skip": skip or None, "$filter": filter, "$select": ",".join(select) if select else None})
    rest = "/events"
    if start_datetime:
        begins = str(utc_time(start_datetime))
        ends = str(utc_time(end_datetime)) if end_datetime else _later(begins)
        rest = "/calendarView"
        query |= {"startDateTime": begins, "endDateTime": ends}
    headers = {"Prefer": f'outlook.timezone="{timezone}"'}
    return await execute_request(mailbox(user_id, rest), query=query, headers=headers)


def _later(begins: str) -> str:
    try:
        return (datetime.fromisoformat(begins) + timedelta(days=90)).isoformat()
    except OverflowError:
        raise ValueError("start_datetime is in the last days of time; give end_datetime too.") from None


@action(toolname="outlook", tags=["important"])
async def outlook_get_event(execute_request: Execute, event_id: EventId, user_id: User = "me") -> dict[str, Any]:
    """Read an event."""
    return await execute_request(mailbox(user_id, f"/events/{segment(event_id)}"))


@action(toolname="outlook", tags=["important"])
async def outlook_delete_event(execute_request: Execute, event_id: EventId, user_id: User = "me") -> dict[str, Any]:
    """Delete an event; an organizer's attendees are told that it is cancelled."""
    await execute_request(mailbox(user_id, f"/events/{segment(event_id)}"), method="DELETE")
    return {"deleted": event_id}


class Contact(TypedDict, total=False):
    """A contact's fields, with v0.7's names, which are Graph's but for the notes."""

    givenName: Annotated[str | None, Field(description="First name")]
    surname: Annotated[str | None, Field(description="Last name")]
    displayName: Annotated[str | None, Field(description="The name that is shown")]
    emailAddresses: Annotated[
        list[dict[str, str] | str] | None,
        Field(description="Email addresses, or objects with address and name", examples=[["ada@example.com"]]),
    ]
    businessPhones: Annotated[list[str] | None, Field(description="Telephone numbers at work")]
    mobilePhone: Annotated[str | None, Field(description="Mobile telephone number")]
    companyName: Annotated[str | None, Field(description="Where they work")]
    jobTitle: Annotated[str | None, Field(description="What they are there")]
    department: Annotated[str | None, Field(description="In which department")]
    notes: Annotated[str | None, Field(description="Notes on them")]


def _contact(fields: Contact) -> dict[str, Any]:
    values: dict[str, Any] = dict(fields)
    if (emails := values.pop("emailAddresses", None)) is not None:
        pairs = [(one, None) if isinstance(one, str) else (str(one.get("address", "")), one.get("name")) for one in emails]
        values["emailAddresses"] = [email_address(address, name) for address, name in pairs]
    made = of_type("contact", personalNotes=values.pop("notes", None), **values)
    if len(made) == 1:
        raise ValueError("The contact is empty; give a name, an email address or another field.")
    return made


@action(toolname="outlook", tags=["important"])
async def outlook_create_contact(execute_request: Execute, user_id: User = "me", **fields: Unpack[Contact]) -> dict[str, Any]:
    """Create a contact. Returns it with its id."""
    return await execute_request(mailbox(user_id, "/contacts"), method="POST", body=_contact(fields))


@action(toolname="outlook", tags=["important"])
async def outlook_update_contact(
    execute_request: Execute, contact_id: ContactId, user_id: User = "me", **fields: Unpack[Contact]
) -> dict[str, Any]:
    """Change a contact; what is left out stays. Returns it."""
    path = mailbox(user_id, f"/contacts/{segment(contact_id)}")
    return await execute_request(path, method="PATCH", body=_contact(fields))


@action(toolname="outlook", tags=["important"])
async def outlook_list_contacts(
    execute_request: Execute,
    top: Top = 20,
    skip: Annotated[int, Field(description="Leave out this many", ge=0)] = 0,
    user_id: User = "me",
) -> dict[str, Any]:
    """List contacts by name. Returns them in `value`."""
    query = given(**{"$top": top, "$skip": skip or None, "$orderby": "displayName"})
    return await execute_request(mailbox(user_id, "/contacts"), query=query)


@action(toolname="outlook")
async def outlook_get_contact(execute_request: Execute, contact_id: ContactId, user_id: User = "me") -> dict[str, Any]:
    """Read a contact."""
    return await execute_request(mailbox(user_id, f"/contacts/{segment(contact_id)}"))


@action(toolname="outlook")
async def outlook_delete_contact(execute_request: Execute, contact_id: ContactId, user_id: User = "me") -> dict[str, Any]:
    """Delete a contact."""
    await execute_request(mailbox(user_id, f"/contacts/{segment(contact_id)}"), method="DELETE")
    return {"deleted": contact_id}
