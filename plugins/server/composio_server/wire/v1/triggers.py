"""Triggers: ``/api/v1/triggers`` and ``/api/v2/triggers``. None is known yet: lists are empty, and enabling one says so."""

from __future__ import annotations

from typing import Any, NoReturn

from litestar import Request, Response, Router, delete, get, patch, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath

from composio_server.access import here, require_key
from composio_server.services.keys import Scope

__all__ = ["ROUTERS"]

_NOT_YET = "Triggers are not part of this server yet: nothing was enabled, and no event will come."


@get(["/", "/logs"], scope=Scope.READ)
async def list_triggers() -> list[dict[str, Any]]:
    """Every trigger that can be enabled."""
    return []


@get("/list/enums", scope=Scope.READ)
async def list_names() -> Response[str]:
    """The triggers' names, one a line."""
    return Response("", media_type="text/plain")


@get("/active_triggers", scope=Scope.READ)
async def list_active() -> dict[str, Any]:
    """The triggers that are enabled."""
    return {"triggers": [], "page": 1, "totalPages": 1}


@post("/enable/{connection_id:str}/{name:str}", status_code=200, scope=Scope.EXECUTE)
async def enable_trigger(request: Request[Any, Any, Any], connection_id: FromPath[str], name: FromPath[str]) -> dict[str, Any]:
    """Would enable a trigger for a connection."""
    del name
    await here(request).backend.accounts.connection(connection_id)
    _not_yet()


@patch("/instance/{trigger_id:str}/status", scope=Scope.EXECUTE)
async def switch_trigger(trigger_id: FromPath[str]) -> dict[str, Any]:
    """Switch a trigger on or off."""
    _unknown(trigger_id)


@delete("/instance/{trigger_id:str}", status_code=200, scope=Scope.EXECUTE)
async def delete_trigger(trigger_id: FromPath[str]) -> dict[str, Any]:
    """Forget a trigger."""
    _unknown(trigger_id)


@post("/disable/{trigger_id:str}", status_code=200, scope=Scope.EXECUTE)
async def disable_trigger(trigger_id: FromPath[str]) -> dict[str, Any]:
    """Switch a trigger off."""
    _unknown(trigger_id)


@post(["/setCallbackURL", "/set_callback_url", "/update_webhook_format"], status_code=200, scope=Scope.ADMIN)
async def set_callback() -> dict[str, Any]:
    """Would say where events go."""
    _not_yet()


@get("/callback_url", scope=Scope.READ)
async def get_callback() -> dict[str, Any]:
    """Where events go."""
    return {"callbackURL": None}


@post("/pusher", status_code=200)
async def take_presence(request: Request[Any, Any, Any]) -> dict[str, str]:
    """A client says that it listens. It sends no key; nothing is done for it."""
    await request.body()
    return {"status": "success"}


@get("/{name:str}", scope=Scope.READ)
async def get_trigger(name: FromPath[str]) -> dict[str, Any]:
    """One trigger."""
    _unknown(name)


@post("/pusher_auth", status_code=200, scope=Scope.READ)
async def sign_channel() -> dict[str, Any]:
    """Would let a client listen on the vendor's channel of its project."""
    _not_yet()


def _unknown(trigger_id: str) -> NoReturn:
    raise NotFoundException(f"Trigger Not Found: {trigger_id[:100]!r} is not known.")


def _not_yet() -> NoReturn:
    raise HTTPException(_NOT_YET, status_code=501)


ROUTERS = [
    Router("/api/v1/triggers", route_handlers=[take_presence]),
    Router(
        "/api/v1/triggers",
        route_handlers=[
            *(list_triggers, list_names, list_active, enable_trigger, switch_trigger, delete_trigger, disable_trigger),
            *(set_callback, get_callback),
        ],
        guards=[require_key],
    ),
    Router("/api/v2/triggers", route_handlers=[get_trigger], guards=[require_key]),
    Router("/api/v1/client/auth", route_handlers=[sign_channel], guards=[require_key]),
]
