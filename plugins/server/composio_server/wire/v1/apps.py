"""Apps: ``/api/v1/apps``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from composio.model.app import AppModel
from composio_server.access import Here, here, require_key
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop
from composio_server.wire.v1.asked import find_app, names
from composio_server.wire.v1.shapes import show_app

__all__ = ["ROUTER"]


@get("/", scope=Scope.READ)
async def list_apps(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Every app, with its schemes; ``category`` filters."""
    where = here(request)
    wanted = {one.lower() for one in names(request, "category", "categories")}
    found = await where.backend.apps()
    shown = [one for one in found if not wanted or wanted & {c.lower() for c in one.categories}]
    return {"items": await _show(where, shown), "totalPages": 1}


@get("/list/enums", scope=Scope.READ)
async def list_keys(request: Request[Any, Any, Any]) -> Response[str]:
    """The apps' keys, one per line."""
    found = await here(request).backend.apps()
    return Response("\n".join(one.key for one in found), media_type="text/plain")


@get("/list/categories", scope=Scope.READ)
async def list_categories(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """All categories of apps."""
    found = await here(request).backend.apps()
    return {"items": sorted({category for one in found for category in one.categories})}


@get("/{name:str}", scope=Scope.READ)
async def get_app(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, Any]:
    """One app, by its key in any case or by its id."""
    where = here(request)
    app = await find_app(where, name)
    return (await _show(where, [app]))[0]


async def _show(where: Here, apps: Sequence[AppModel]) -> list[dict[str, Any]]:
    accounts = where.services.backends.of(where.caller.project_id).accounts
    shared = await off_loop(accounts.shared_clients, [one.key for one in apps])
    counts = Counter(one.app for one in await where.backend.triggers.types())
    return [show_app(one, shared=one.key in shared, triggers=counts[one.key]) for one in apps]


ROUTER = Router("/api/v1/apps", route_handlers=[list_apps, list_keys, list_categories, get_app], guards=[require_key])
