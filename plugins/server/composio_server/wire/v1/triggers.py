"""Triggers: ``/api/v1/triggers`` and ``/api/v2/triggers``.

Events do not use the vendor's socket, whose host is a constant in the clients: a callback URL gets them.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post
from litestar.exceptions import ClientException, NotFoundException, PermissionDeniedException
from litestar.params import FromPath, JSONBody

from composio.errors import AppNotFound, InvalidRequest, TriggerNotFound
from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import InstanceQuery, NewInstance, TriggerInstance
from composio_server.access import Here, here, require_key
from composio_server.services.keys import Scope
from composio_server.wire.v1.asked import names, on, page_of
from composio_server.wire.v1.shapes import app_id

__all__ = ["ROUTERS"]

Asked = Request[Any, Any, Any]
# The key built into v0.7's clients, and Pusher's socket ids.
_PUSHER_KEY = "8e1b8c92b7f8b2151c15"
_SOCKET = re.compile(r"[0-9]{1,20}\.[0-9]{1,20}")
# Instances that are counted for a list of triggers, and the maximum values of a kind in a query.
_MOST_COUNTED, _MOST_VALUES = 10_000, 500


class Enabling(msgspec.Struct, rename="camel"):
    """The config of a trigger to enable."""

    trigger_config: dict[str, Any] = msgspec.field(default_factory=dict)


class Status(msgspec.Struct):
    """Whether it is enabled."""

    enabled: bool


class Format(msgspec.Struct):
    """The format of payloads."""

    version: Literal["v1", "v2", "v3"]


class Callback(msgspec.Struct):
    """The destination of events."""

    callback_url: str = msgspec.field(name="callbackURL")


@get("/", scope=Scope.READ)
async def list_triggers(request: Asked) -> list[dict[str, Any]]:
    """All triggers, or those with some names or of some apps; unknown ones are omitted."""
    asked = here(request)
    enabled = await _count(asked)
    found = await _find(asked, names(request, "triggerIds", "triggerNames"), names(request, "appNames"))
    shown = [_show(one, enabled[one.slug]) for one in found]
    return [one for one in shown if one["enabled"]] if on(request, "showEnabledOnly") else shown


async def _find(asked: Here, slugs: list[str], apps: list[str]) -> list[TriggerModel]:
    if not slugs and not apps:
        return await asked.backend.triggers.types()
    found: dict[str, TriggerModel] = {}
    for slug in slugs:
        try:
            found |= {one.slug: one for one in await asked.backend.triggers.types(names=[slug])}
        except TriggerNotFound:
            continue
    for app in apps:
        try:
            found |= {one.slug: one for one in await asked.backend.triggers.types(apps=[app])}
        except AppNotFound:
            continue
    return list(found.values())


async def _count(asked: Here) -> Counter[str]:
    page = await asked.backend.triggers.instances(InstanceQuery(enabled=True, limit=_MOST_COUNTED))
    return Counter(one.trigger for one in page.items)


@get("/list/enums", scope=Scope.READ)
async def list_names(request: Asked) -> Response[str]:
    """The triggers' names, one per line."""
    found = await here(request).backend.triggers.types()
    return Response("\n".join(one.slug for one in found), media_type="text/plain")


@get("/logs", scope=Scope.ADMIN)
async def list_logs(request: Asked) -> list[dict[str, Any]]:
    """The most recent events, newest first."""
    return [dict(one) for one in await here(request).backend.events.log()]


@get("/active_triggers", scope=Scope.READ)
async def list_active(request: Asked) -> dict[str, Any]:
    """The enabled triggers."""
    asked = here(request)
    known = await _find(asked, wanted, []) if (wanted := names(request, "triggerNames")) else []
    if wanted and not known:
        return {"triggers": [], "page": 1, "totalPages": 1}
    query = InstanceQuery(
        ids=_values(request, "triggerIds", "triggerInstanceIds"),
        connection_ids=_values(request, "connectedAccountIds"),
        integration_ids=_values(request, "integrationIds"),
        triggers=[one.slug for one in known],
        enabled=True,
    )
    found, pages = page_of(request, list((await asked.backend.triggers.instances(query)).items))
    return {"triggers": [_show_instance(one) for one in found], **pages}


def _values(request: Asked, *keys: str) -> list[str]:
    found = names(request, *keys)
    if len(found) > _MOST_VALUES:
        raise InvalidRequest(f"The query parameter {keys[0]} names {len(found)} things; {_MOST_VALUES} are the most.")
    return found


@post("/enable/{connection_id:str}/{name:str}", status_code=200, scope=Scope.EXECUTE)
async def enable_trigger(
    request: Asked, connection_id: FromPath[str], name: FromPath[str], data: JSONBody[Enabling]
) -> dict[str, Any]:
    """Enable a trigger for a connection. The same request again returns the same id."""
    wanted = NewInstance(trigger=name, config=data.trigger_config, connection_id=connection_id)
    made = await here(request).backend.triggers.enable(wanted)
    return {"status": "success", "triggerId": made.instance.id, "isNew": made.is_new}


@patch("/instance/{trigger_id:str}/status", scope=Scope.EXECUTE)
async def switch_trigger(request: Asked, trigger_id: FromPath[str], data: JSONBody[Status]) -> dict[str, Any]:
    """Enable or disable a trigger."""
    await here(request).backend.triggers.switch(trigger_id, enabled=data.enabled)
    return {"status": "success"}


@delete("/instance/{trigger_id:str}", status_code=200, scope=Scope.EXECUTE)
async def delete_trigger(request: Asked, trigger_id: FromPath[str]) -> dict[str, Any]:
    """Delete an enabled trigger."""
    await here(request).backend.triggers.delete(trigger_id)
    return {"status": "success"}


@post("/disable/{trigger_id:str}", status_code=200, scope=Scope.EXECUTE)
async def disable_trigger(request: Asked, trigger_id: FromPath[str]) -> dict[str, Any]:
    """Disable a trigger."""
    await here(request).backend.triggers.switch(trigger_id, enabled=False)
    return {"status": "success"}


@post(["/setCallbackURL", "/set_callback_url"], status_code=200, scope=Scope.ADMIN)
async def set_callback(request: Asked, data: JSONBody[Callback]) -> dict[str, Any]:
    """Set the destination of the project's events; it replaces the previous URL."""
    events = here(request).backend.events
    before = [one for one in await events.callbacks() if one["trigger_id"] is None]
    made = await events.set_callback(data.callback_url)
    for one in before:
        if one["id"] != made["id"]:
            await events.remove_callback(one["id"])
    return {"message": "The callback URL is set."}


@get("/callback_url", scope=Scope.READ)
async def get_callback(request: Asked) -> dict[str, Any]:
    """The destination of the project's events."""
    known = [one for one in await here(request).backend.events.callbacks() if one["trigger_id"] is None]
    return {"callbackURL": known[-1]["url"] if known else None}


@post("/update_webhook_format", status_code=200, scope=Scope.ADMIN)
async def set_format(request: Asked, data: JSONBody[Format]) -> dict[str, Any]:
    """Choose the payload format of the project's callback URL: ``v1``, ``v2`` or ``v3``."""
    events = here(request).backend.events
    known = [one for one in await events.callbacks() if one["trigger_id"] is None]
    if not known:
        raise ClientException(
            "There is no callback URL whose format could change. Set one: POST /api/v1/triggers/setCallbackURL."
        )
    await events.set_callback(known[0]["url"], format=data.version, ordered=known[0]["ordered"])
    return {"status": "success", "version": data.version}


@post("/pusher", status_code=200)
async def take_presence(request: Asked) -> dict[str, str]:
    """A client's note that it listens. It sends no key; nothing is done."""
    await request.body()
    return {"status": "success"}


@get("/{name:str}", scope=Scope.READ)
async def get_trigger(request: Asked, name: FromPath[str]) -> dict[str, Any]:
    """One trigger's name, and its app."""
    found = await _find(here(request), [name], [])
    if not found:
        _unknown(name)
    return {"enum": found[0].slug, "appName": found[0].app}


@post("/pusher_auth", status_code=200, scope=Scope.READ)
async def sign_channel(request: Asked) -> dict[str, str]:
    """Sign a client's subscription to its project's channel, for Pusher's clients. This server has no such socket.

    Source: Pusher Channels, "Authenticating users", private channels.
    """
    where, form = here(request), await request.form()
    channel, socket = str(form.get("channel_name", "")), str(form.get("socket_id", ""))
    if not _SOCKET.fullmatch(socket):
        raise ClientException(f"socket_id: expected two numbers with a dot between; got {socket!r:.40}.")
    if channel != f"private-{where.caller.project_id}_triggers":
        raise PermissionDeniedException("This key may listen on its own project's channel only.")
    signed = hmac.digest(request.headers.get("x-api-key", "").encode(), f"{socket}:{channel}".encode(), "sha256").hex()
    return {"auth": f"{_PUSHER_KEY}:{signed}"}


def _unknown(name: str) -> NoReturn:
    raise NotFoundException(f"Trigger Not Found: {name[:100]!r} is not known.")


def _show(trigger: TriggerModel, enabled: int) -> dict[str, Any]:
    return {
        "name": trigger.slug,
        "display_name": trigger.display_name,
        "description": trigger.description,
        "instructions": trigger.instructions,
        "appId": app_id(trigger.app),
        "appKey": trigger.app,
        "appName": trigger.app,
        "count": enabled,
        "enabled": enabled > 0,
        "type": "poll" if trigger.kind == "poll" else "webhook",
        "payload": _show_schema(trigger.payload, trigger.display_name),
        "config": _show_schema(trigger.config, trigger.display_name),
    }


def _show_schema(schema: Mapping[str, Any], title: str) -> dict[str, Any]:
    """Return a schema for the clients' models: each property has one type, or ``anyOf``."""
    known = schema.get("properties") or {}
    return {
        "title": schema.get("title") or title,
        "type": "object",
        "properties": {name: _show_property(name, one) for name, one in known.items()},
        "required": list(schema.get("required") or ()),
    }


def _show_property(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"title": name, "description": "", **schema}
    if isinstance(several := shown.get("type"), list):
        del shown["type"]
        shown["anyOf"] = [{"type": one} for one in several]
    return shown


def _show_instance(one: TriggerInstance) -> dict[str, Any]:
    return {
        "id": one.id,
        "connectionId": one.connection_id,
        "triggerName": one.trigger,
        "triggerConfig": dict(one.config),
    }


ROUTERS = [
    Router("/api/v1/triggers", route_handlers=[take_presence]),
    Router(
        "/api/v1/triggers",
        route_handlers=[
            *(list_triggers, list_names, list_logs, list_active),
            *(enable_trigger, switch_trigger, delete_trigger, disable_trigger),
            *(set_callback, get_callback, set_format),
        ],
        guards=[require_key],
    ),
    Router("/api/v2/triggers", route_handlers=[get_trigger], guards=[require_key]),
    Router("/api/v1/client/auth", route_handlers=[sign_channel], guards=[require_key]),
]
