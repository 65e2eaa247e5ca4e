"""Integrations, how users of an app connect: ``/api/v1/integrations``, and the TypeScript client's ``/api/v2/integrations``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from composio.errors import InvalidRequest
from composio.model.app import AppModel
from composio.model.connection import Integration, IntegrationChange, NewIntegration
from composio_server.access import Here, here, require_key
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop
from composio_server.wire.v1.asked import app_key, find_app, names, on, page_of, scheme_named
from composio_server.wire.v1.shapes import show_integration

__all__ = ["ROUTERS", "own_values", "require_client"]


class Creation(msgspec.Struct, rename="camel"):
    """An integration in the Python client's form."""

    app_id: str
    name: str | None = None
    auth_scheme: str | None = None
    auth_config: dict[str, Any] | None = None
    use_composio_auth: bool | None = None
    force_new_integration: bool = False
    limited_actions: list[str] | None = None


class NamedApp(msgspec.Struct, rename="camel"):
    """An app, or an integration of it."""

    unique_key: str | None = None
    integration_id: str | None = None


class Config(msgspec.Struct, rename="camel"):
    """How users connect, in the TypeScript client's form."""

    name: str | None = None
    use_composio_auth: bool | None = None
    auth_scheme: str | None = None
    integration_secrets: dict[str, Any] | None = None
    limited_actions: list[str] | None = None


class CreationV2(msgspec.Struct):
    """An integration in the TypeScript client's form."""

    app: NamedApp
    config: Config = msgspec.field(default_factory=Config)


class Change(msgspec.Struct, rename="camel"):
    """The changeable fields of an integration."""

    enabled: bool | None = None


def own_values(given: dict[str, Any] | None) -> dict[str, Any]:
    """Return the filled values: the command line sends empty fields too."""
    return {name: value for name, value in (given or {}).items() if value not in (None, "")}


async def require_client(where: Here, app: AppModel, config: Mapping[str, Any]) -> None:
    """Raise ``InvalidRequest`` if an OAuth client is needed, and neither the request nor the operator has one."""
    if "client_id" in config:
        return
    shared = await off_loop(where.accounts.shared_clients, [app.key])
    if shared:
        return
    raise InvalidRequest(
        f"{app.key}: there is no OAuth client to connect users with. Send one of your own as authConfig: client_id and"
        " client_secret; or ask this server's operator to register one."
    )


@get("/", scope=Scope.READ)
async def list_integrations(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """A project's integrations, newest first."""
    where = here(request)
    named = next(iter(names(request, "appId") or names(request, "appName", "appUniqueKey")), None)
    app = None if named is None else await app_key(where, named)
    found = await where.backend.accounts.integrations(app=app, disabled=on(request, "showDisabled"))
    part, pages = page_of(request, found)
    return {"items": await _show(where, part), **pages}


@post("/", status_code=200, scope=Scope.ADMIN)
async def create_integration(request: Request[Any, Any, Any], data: JSONBody[Creation]) -> dict[str, Any]:
    """Create an integration, or return the equal existing one."""
    where = here(request)
    made = await _create(where, data)
    return (await _show(where, [made]))[0]


@get("/{integration_id:str}", scope=Scope.READ)
async def get_integration(request: Request[Any, Any, Any], integration_id: FromPath[str]) -> dict[str, Any]:
    """One integration, with the fields for its users."""
    where = here(request)
    return (await _show(where, [await where.backend.accounts.integration(integration_id)]))[0]


@patch("/{integration_id:str}", scope=Scope.ADMIN)
async def change_integration(
    request: Request[Any, Any, Any], integration_id: FromPath[str], data: JSONBody[Change]
) -> dict[str, Any]:
    """Disable or enable one: connections of a disabled one are neither created nor used."""
    where = here(request)
    changed = await where.backend.accounts.update_integration(integration_id, IntegrationChange(enabled=data.enabled))
    return (await _show(where, [changed]))[0]


@delete("/{integration_id:str}", status_code=200, scope=Scope.ADMIN)
async def remove_integration(request: Request[Any, Any, Any], integration_id: FromPath[str]) -> dict[str, Any]:
    """Remove one; its connections stay, and report that they cannot be used any more."""
    await here(request).backend.accounts.remove_integration(integration_id)
    return {"status": "success", "count": 1}


# The TypeScript client's form


@post("/create", status_code=200, scope=Scope.ADMIN)
async def create_integration_v2(request: Request[Any, Any, Any], data: JSONBody[CreationV2]) -> dict[str, Any]:
    """The same; the client then requests the integration itself."""
    where = here(request)
    return {"integrationId": (await _create(where, _translate(data))).id}


@post("/get-or-create", status_code=200, scope=Scope.ADMIN)
async def get_or_create_integration(request: Request[Any, Any, Any], data: JSONBody[CreationV2]) -> dict[str, Any]:
    """The newest integration of an app and mode; a new one if there is none."""
    where = here(request)
    if data.app.integration_id:
        return {"integrationId": (await where.backend.accounts.integration(data.app.integration_id)).id}
    wanted = _translate(data)
    found = await _find_matching(where, wanted)
    return {"integrationId": (found[0] if found else await _create(where, wanted)).id}


@post("/search-by-filters", status_code=200, scope=Scope.READ)
async def search_integrations(request: Request[Any, Any, Any], data: JSONBody[CreationV2]) -> dict[str, Any]:
    """The integrations of an app, newest first."""
    where = here(request)
    return {"items": await _show(where, await _find_matching(where, _translate(data)))}


def _translate(data: CreationV2) -> Creation:
    if not data.app.unique_key:
        raise InvalidRequest('app.uniqueKey is missing: say which app, as in {"app": {"uniqueKey": "github"}}.')
    config = data.config
    secrets = own_values(config.integration_secrets)
    return Creation(
        app_id=data.app.unique_key,
        name=config.name,
        auth_scheme=config.auth_scheme,
        auth_config=secrets,
        # This client sends True for one's own secrets.
        use_composio_auth=None if "client_id" in secrets else config.use_composio_auth,
        limited_actions=config.limited_actions,
    )


async def _find_matching(where: Here, wanted: Creation) -> list[Integration]:
    app = await find_app(where, wanted.app_id)
    mode = scheme_named(app, wanted.auth_scheme)
    found = await where.backend.accounts.integrations(app=app.key)
    return [one for one in found if mode is None or mode in {one.auth_mode, one.scheme}]


async def _create(where: Here, data: Creation) -> Integration:
    app = await find_app(where, data.app_id)
    mode = scheme_named(app, data.auth_scheme)
    oauth = any(one.auth_mode.startswith("OAUTH") for one in app.auth_schemes if mode in {None, one.auth_mode, one.name})
    if oauth and (mode is not None or len(app.auth_schemes) == 1):
        await require_client(where, app, own_values(data.auth_config))
    request = NewIntegration(
        app=app.key,
        auth_mode=mode,
        config=own_values(data.auth_config),
        name=data.name or None,
        use_composio_oauth_app=data.use_composio_auth if oauth else None,
        limited_actions=None if not data.limited_actions else tuple(data.limited_actions),
        force_new=data.force_new_integration,
    )
    made = await where.backend.accounts.create_integration(request)
    return await where.backend.accounts.integration(made.id)


async def _show(where: Here, found: list[Integration]) -> list[dict[str, Any]]:
    logos = {one.key: one.logo for one in await where.backend.apps()} if found else {}
    return [show_integration(one, logo=logos.get(one.app, "")) for one in found]


ROUTERS = [
    Router(
        "/api/v1/integrations",
        route_handlers=[list_integrations, create_integration, get_integration, change_integration, remove_integration],
        guards=[require_key],
    ),
    Router(
        "/api/v2/integrations",
        route_handlers=[create_integration_v2, get_or_create_integration, search_integrations],
        guards=[require_key],
    ),
]
