"""Definitions: apps, actions, search."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get, post

from composio.backend import ActionQuery
from composio.errors import InvalidRequest
from composio.remote.codec import encode
from composio.remote.requests import FindActions, OfApp
from composio_server.access import here, require_key
from composio_server.services.keys import Scope
from composio_server.wire.own.bodies import Body, answer, answer_error, read

__all__ = ["router"]

_MOST_NAMES = 1000
_MOST_FOUND = 1000
_LONGEST_TASK = 4000


@post("/actions", scope=Scope.READ, status_code=200)
async def find_actions(request: Request[Any, Any, Any], data: Body) -> Response[bytes]:
    """Definitions of actions.

    By `names`, by `apps` (their important actions; all of them with `everything`), by `tags`; at most `limit` of the apps'
    actions. Returns `{"actions": [...]}`.
    """
    query = read(ActionQuery, data)
    if len(query.names) > _MOST_NAMES:
        raise InvalidRequest(f"names: at most {_MOST_NAMES} actions can be asked for at once, got {len(query.names)}.")
    return answer({"actions": [encode(one) for one in await here(request).backend.actions(query)]})


@get("/apps", scope=Scope.READ)
async def list_apps(request: Request[Any, Any, Any]) -> Response[bytes]:
    """All known apps: `{"apps": [...]}`."""
    return answer({"apps": [encode(one) for one in await here(request).backend.apps()]})


@post("/app", scope=Scope.READ, status_code=200)
async def get_app(request: Request[Any, Any, Any], data: Body) -> Response[bytes]:
    """One `app`, by its key or name."""
    return answer(await here(request).backend.app(read(OfApp, data).app))


@post("/search", scope=Scope.READ, status_code=200)
async def search(request: Request[Any, Any, Any], data: Body) -> Response[bytes]:
    """Slugs of the actions that match the sentence `use_case`, best first: `{"actions": [...]}`."""
    asked = _task(data)
    return answer({"actions": await here(request).backend.search(asked.use_case, apps=asked.apps, limit=asked.limit)})


@post("/chain", scope=Scope.READ, status_code=200)
async def chain(request: Request[Any, Any, Any], data: Body) -> Response[bytes]:
    """Slugs of the actions for a task of several steps, in call order: `{"actions": [...]}`."""
    asked = _task(data)
    return answer({"actions": await here(request).backend.chain(asked.use_case, apps=asked.apps, limit=asked.limit)})


def _task(data: Body) -> FindActions:
    asked = read(FindActions, data)
    if len(asked.use_case) > _LONGEST_TASK:
        raise InvalidRequest(f"use_case: a task has at most {_LONGEST_TASK} characters, got {len(asked.use_case)}.")
    if not 0 <= asked.limit <= _MOST_FOUND:
        raise InvalidRequest(f"limit: it is from 0 to {_MOST_FOUND}, got {asked.limit}.")
    return asked


router = Router(
    "/api/v3.1/catalog",
    route_handlers=[find_actions, list_apps, get_app, search, chain],
    guards=[require_key],
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: catalog"],
)
