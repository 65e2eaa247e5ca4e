"""Events of users' apps: listening, reading, resending, and callback URLs."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, post

from composio.remote.requests import (
    EnableCallback,
    EventLog,
    EventsAfter,
    OfCallback,
    OfEvent,
    OfTrigger,
    ResendEvents,
    SetCallback,
)
from composio_server.access import here, require_key
from composio_server.services.keys import Scope
from composio_server.wire.own.bodies import Body, answer, answer_error, read

__all__ = ["router"]

Asked = Request[Any, Any, Any]
# Maximum seconds of a long poll.
_LONGEST = 25.0
_MOST = 500


@post("/newest", scope=Scope.EXECUTE, status_code=200)
async def newest(request: Asked, data: Body) -> Response[bytes]:
    """The sequence of the newest event: `{"sequence": 7}`."""
    del data
    return answer({"sequence": await here(request).backend.events.newest()})


@post("/after", scope=Scope.EXECUTE, status_code=200)
async def read_after(request: Asked, data: Body) -> Response[bytes]:
    """The events after a `sequence`, in order: `{"events": [...]}`. With `seconds` it waits so long for new ones."""
    asked, events = read(EventsAfter, data), here(request).backend.events
    limit, wait = max(1, min(asked.limit, _MOST)), max(0.0, min(asked.seconds, _LONGEST))
    found = await events.after(asked.sequence, limit=limit, wait=wait)
    return answer({"events": [one.listing() for one in found]})


@post("/is_too_old", scope=Scope.EXECUTE, status_code=200)
async def is_too_old(request: Asked, data: Body) -> Response[bytes]:
    """Whether an event after a `sequence` is older than so many `seconds`: `{"is_too_old": false}`."""
    asked = read(EventsAfter, data)
    return answer({"is_too_old": await here(request).backend.events.is_too_old(asked.sequence, asked.seconds)})


@post("/trigger_names", scope=Scope.READ, status_code=200)
async def find_names(request: Asked, data: Body) -> Response[bytes]:
    """All names of a trigger: `{"names": [...]}`."""
    names = await here(request).backend.events.trigger_names(read(OfTrigger, data).name)
    return answer({"names": sorted(names)})


@post("/log", scope=Scope.ADMIN, status_code=200)
async def list_events(request: Asked, data: Body) -> Response[bytes]:
    """Events, newest first, with their deliveries: `{"events": [...]}`."""
    asked = read(EventLog, data)
    found = await here(request).backend.events.log(
        trigger=asked.trigger,
        trigger_id=asked.trigger_id,
        entity_id=asked.entity_id,
        app=asked.app,
        text=asked.text,
        since=asked.since,
        before=asked.before,
        limit=max(1, min(asked.limit, _MOST)),
    )
    return answer({"events": [dict(one) for one in found]})


@post("/get", scope=Scope.ADMIN, status_code=200)
async def get_event(request: Asked, data: Body) -> Response[bytes]:
    """One event with its payload, its deliveries and each of their attempts."""
    return answer(dict(await here(request).backend.events.event(read(OfEvent, data).event_id)))


@post("/resend", scope=Scope.ADMIN, status_code=200)
async def resend(request: Asked, data: Body) -> Response[bytes]:
    """Resend events under their ids; without `event_ids`, all that finally failed. Returns `{"deliveries": 3}`."""
    asked = read(ResendEvents, data)
    count = await here(request).backend.events.resend(asked.event_ids, callback_id=asked.callback_id, since=asked.since)
    return answer({"deliveries": count})


@post("/callbacks/list", scope=Scope.ADMIN, status_code=200)
async def list_callbacks(request: Asked, data: Body) -> Response[bytes]:
    """The project's callback URLs, without their secrets: `{"callbacks": [...]}`."""
    del data
    return answer({"callbacks": [dict(one) for one in await here(request).backend.events.callbacks()]})


@post("/callbacks/set", scope=Scope.ADMIN, status_code=200)
async def set_callback(request: Asked, data: Body) -> Response[bytes]:
    """Send the project's events to a URL, or one trigger instance's. Returns the signing secret."""
    asked = read(SetCallback, data)
    made = await here(request).backend.events.set_callback(
        asked.url, trigger_id=asked.trigger_id, format=asked.format, ordered=asked.ordered
    )
    return answer(dict(made))


@post("/callbacks/get", scope=Scope.ADMIN, status_code=200)
async def get_callback(request: Asked, data: Body) -> Response[bytes]:
    """One callback URL; `secret` shows its signing secret."""
    asked = read(OfCallback, data)
    return answer(dict(await here(request).backend.events.callback(asked.callback_id, secret=asked.secret)))


@post("/callbacks/rotate", scope=Scope.ADMIN, status_code=200)
async def rotate_callback(request: Asked, data: Body) -> Response[bytes]:
    """Replace its secret and return the new one; the old one signs too for a day."""
    return answer(dict(await here(request).backend.events.rotate_callback(read(OfCallback, data).callback_id)))


@post("/callbacks/enable", scope=Scope.ADMIN, status_code=200)
async def enable_callback(request: Asked, data: Body) -> Response[bytes]:
    """Enable a callback URL, or disable it with `enabled` false."""
    asked = read(EnableCallback, data)
    return answer(dict(await here(request).backend.events.enable_callback(asked.callback_id, enabled=asked.enabled)))


@post("/callbacks/remove", scope=Scope.ADMIN, status_code=200)
async def remove_callback(request: Asked, data: Body) -> Response[bytes]:
    """Delete a callback URL, and its pending deliveries."""
    await here(request).backend.events.remove_callback(read(OfCallback, data).callback_id)
    return answer({})


router = Router(
    "/api/v3.1/events",
    route_handlers=[
        *(newest, read_after, is_too_old, find_names, list_events, get_event, resend),
        *(list_callbacks, set_callback, get_callback, rotate_callback, enable_callback, remove_callback),
    ],
    guards=[require_key],
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: events"],
)
