"""Triggers: there are none so far, so that lists are empty."""

from __future__ import annotations

from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from composio_server.services.keys import Scope
from composio_server.wire.v3.wire import NotOffered, Paged, slice_of

__all__ = ["routes"]


class Empty(Paged, kw_only=True):
    """A page of nothing."""

    items: list[dict[str, Any]]


@get("/triggers_types", scope=Scope.READ)
async def list_trigger_types(
    request: Request[Any, Any, Any], cursor: FromQuery[str | None] = None, limit: FromQuery[float | None] = None
) -> Empty:
    """List the types of triggers; there are none so far."""
    del request
    return Empty(items=[], **slice_of([], cursor, limit).paged())


@get("/triggers_types/list/enum", scope=Scope.READ)
async def list_trigger_names(request: Request[Any, Any, Any]) -> list[str]:
    """List the slugs of trigger types; there are none so far."""
    del request
    return []


@get("/triggers_types/{slug:str}", scope=Scope.READ)
async def get_trigger_type(request: Request[Any, Any, Any], slug: FromPath[str]) -> dict[str, Any]:
    """Get a type of trigger; there are none so far."""
    del request
    raise NotFoundException(detail=f"There is no trigger {slug!r:.80}: this server has no triggers yet.")


@get("/trigger_instances/active", scope=Scope.READ)
async def list_active_triggers(
    request: Request[Any, Any, Any], cursor: FromQuery[str | None] = None, limit: FromQuery[float | None] = None
) -> Empty:
    """List triggers that are switched on; there are none so far."""
    del request
    return Empty(items=[], **slice_of([], cursor, limit).paged())


@post("/trigger_instances/{slug:str}/upsert", scope=Scope.ADMIN, status_code=200, raises=[NotOffered])
async def set_trigger(request: Request[Any, Any, Any], slug: FromPath[str]) -> dict[str, Any]:
    """Not offered yet: switching a trigger on."""
    del request
    raise NotOffered(f"{slug:.80}: this server has no triggers yet.")


@patch("/trigger_instances/manage/{trigger_id:str}", scope=Scope.ADMIN, raises=[NotOffered])
async def change_trigger(request: Request[Any, Any, Any], trigger_id: FromPath[str]) -> dict[str, Any]:
    """Not offered yet: switching a trigger on or off."""
    del request
    raise NotOffered(f"{trigger_id:.80}: this server has no triggers yet.")


@delete("/trigger_instances/manage/{trigger_id:str}", scope=Scope.ADMIN, status_code=200, raises=[NotOffered])
async def delete_trigger(request: Request[Any, Any, Any], trigger_id: FromPath[str]) -> dict[str, Any]:
    """Not offered yet: removing a trigger."""
    del request
    raise NotOffered(f"{trigger_id:.80}: this server has no triggers yet.")


routes = [
    list_trigger_types,
    list_trigger_names,
    get_trigger_type,
    list_active_triggers,
    set_trigger,
    change_trigger,
    delete_trigger,
]
