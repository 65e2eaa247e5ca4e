"""Connected accounts: ``/api/v1/connectedAccounts``, and the TypeScript client's ``/api/v2/connectedAccounts``."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from composio.errors import ComposioError, InvalidRequest
from composio.model.call import DEFAULT_ENTITY, Who
from composio.model.connection import Connection, ConnectionStatus, NewConnection
from composio_server.access import Here, here, require_key
from composio_server.services.keys import Scope
from composio_server.wire.v1.asked import app_key, find_app, names, on, page_of, scheme_named
from composio_server.wire.v1.integrations import Config, NamedApp, own_values, require_client
from composio_server.wire.v1.shapes import show_connection, show_started

__all__ = ["ROUTERS"]

# Fields of a connection that the clients read by name; only these, and the headers and query, are shown.
_PARAMS = (
    *("scope", "base_url", "client_id", "token_type", "access_token", "refresh_token", "client_secret"),
    *("consumer_id", "consumer_secret"),
)


class Initiation(msgspec.Struct, rename="camel"):
    """A connection to start; one without ``labels`` is values for a waiting connection."""

    integration_id: str
    user_uuid: str | None = None
    entity_id: str | None = None
    data: dict[str, Any] | None = None
    labels: list[str] | None = None
    redirect_uri: str | None = None


class Extra(msgspec.Struct):
    """Where the user goes afterwards, and the connection's labels."""

    redirect_url: str | None = msgspec.field(name="redirectURL", default=None)
    labels: list[str] | None = None


class Wanted(msgspec.Struct, rename="camel"):
    """The entity, and the values."""

    entity_id: str | None = None
    initiate_data: dict[str, Any] | None = None
    extra: Extra = msgspec.field(default_factory=Extra)


class InitiationV2(msgspec.Struct):
    """A connection in the TypeScript client's form."""

    app: NamedApp
    config: Config = msgspec.field(default_factory=Config)
    connection: Wanted = msgspec.field(default_factory=Wanted)


class Reinitiation(msgspec.Struct, rename="camel"):
    """A connection to reconnect."""

    data: dict[str, Any] | None = None
    redirect_uri: str | None = None


class Values(msgspec.Struct):
    """Values for a waiting connection."""

    data: dict[str, Any]


@get("/", scope=Scope.READ)
async def list_connections(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """A project's connections, newest first, without their values."""
    where = here(request)
    apps = {await app_key(where, one) for one in names(request, "appNames", "appUniqueKeys")}
    integrations = set(names(request, "integrationId", "integrationIds"))
    ids, statuses = set(names(request, "connectionId")), {one.upper() for one in names(request, "status")}
    entities = names(request, "user_uuid", "entityId", "clientUniqueUserId")
    found = await where.backend.accounts.connections(
        app=next(iter(apps)) if len(apps) == 1 else None,
        entity_ids=entities,
        active=on(request, "showActiveOnly"),
        labels=names(request, "labels"),
    )
    shown = [
        one
        for one in found
        if (not apps or one.app in apps)
        and (not integrations or one.integration_id in integrations)
        and (not ids or one.id in ids)
        and (not statuses or str(one.status) in statuses)
    ]
    part, pages = page_of(request, shown)
    return {"items": await _show(where, part), **pages}


@post("/", status_code=200, scope=Scope.CONNECT)
async def initiate_connection(request: Request[Any, Any, Any], data: JSONBody[Initiation]) -> dict[str, Any]:
    """Start a connection, or pass a waiting one the values that its user typed."""
    where = here(request)
    entity, values = data.user_uuid or data.entity_id or DEFAULT_ENTITY, own_values(data.data)
    if data.labels is None and (waiting := await _find_waiting(where, data.integration_id, entity)) is not None:
        return show_started(
            await where.backend.accounts.submit(waiting.id, values, entity_id=entity, redirect_url=data.redirect_uri or None)
        )
    return show_started(
        await where.backend.accounts.initiate(
            NewConnection(
                entity_id=entity,
                integration_id=data.integration_id,
                values=values,
                labels=tuple(data.labels or ()),
                redirect_url=data.redirect_uri or None,
            )
        )
    )


async def _find_waiting(where: Here, integration_id: str, entity: str) -> Connection | None:
    """The entity's newest unfinished connection."""
    found = await where.backend.accounts.connections(entity_ids=[entity], integration_id=integration_id)
    return next((one for one in found if one.status is ConnectionStatus.INITIATED), None)


@post("/initiateConnection", status_code=200, scope=Scope.CONNECT)
async def initiate_connection_v2(request: Request[Any, Any, Any], data: JSONBody[InitiationV2]) -> dict[str, Any]:
    """Start a connection to an app, with an existing or new integration."""
    where, wanted, config = here(request), data.connection, data.config
    if not (data.app.integration_id or data.app.unique_key):
        raise InvalidRequest('Say which app: {"app": {"uniqueKey": "github"}}, or {"app": {"integrationId": ...}}.')
    secrets, app, mode = own_values(config.integration_secrets), None, None
    if data.app.unique_key:
        found = await find_app(where, data.app.unique_key)
        app, mode = found.key, scheme_named(found, config.auth_scheme)
        if all(one.auth_mode.startswith("OAUTH") for one in found.auth_schemes) and found.auth_schemes:
            await require_client(where, found, secrets)
    started = await where.backend.accounts.initiate(
        NewConnection(
            entity_id=wanted.entity_id or DEFAULT_ENTITY,
            # This client's useComposioAuth means whether it sends secrets of its own.
            app=None if data.app.integration_id else app,
            integration_id=data.app.integration_id,
            auth_mode=mode,
            config=secrets,
            values=own_values(wanted.initiate_data),
            labels=tuple(wanted.extra.labels or ()),
            redirect_url=wanted.extra.redirect_url or None,
        )
    )
    return {"connectionResponse": show_started(started)}


@get("/{connection_id:str}", scope=Scope.READ)
async def get_connection(request: Request[Any, Any, Any], connection_id: FromPath[str]) -> dict[str, Any]:
    """One connection; with its signing values, for admins' keys."""
    where = here(request)
    return (await _show(where, [await where.backend.accounts.connection(connection_id)], params=True))[0]


@get("/{connection_id:str}/info", scope=Scope.ADMIN)
async def get_credentials(request: Request[Any, Any, Any], connection_id: FromPath[str]) -> dict[str, Any]:
    """Return what signs requests of a connection."""
    where = here(request)
    found = await _auth_params(where, await where.backend.accounts.connection(connection_id))
    parameters = [{"in": "header", "name": name, "value": value} for name, value in found["headers"].items()]
    parameters += [{"in": "query", "name": name, "value": value} for name, value in found["query_params"].items()]
    return {"base_url": found["base_url"], "parameters": parameters, "body": {}}


@delete("/{connection_id:str}", status_code=200, scope=Scope.CONNECT)
async def delete_connection(request: Request[Any, Any, Any], connection_id: FromPath[str]) -> dict[str, Any]:
    """Revoke it at the provider, if that is supported, and delete it."""
    await here(request).backend.accounts.delete_connection(connection_id)
    return {"status": "success", "count": 1}


@post("/{connection_id:str}/enable", status_code=200, scope=Scope.CONNECT)
async def enable_connection(request: Request[Any, Any, Any], connection_id: FromPath[str]) -> dict[str, Any]:
    """Enable it for calls."""
    return await _switch(here(request), connection_id, enabled=True)


@post("/{connection_id:str}/disable", status_code=200, scope=Scope.CONNECT)
async def disable_connection(request: Request[Any, Any, Any], connection_id: FromPath[str]) -> dict[str, Any]:
    """Disable it for calls."""
    return await _switch(here(request), connection_id, enabled=False)


async def _switch(where: Here, connection_id: str, *, enabled: bool) -> dict[str, Any]:
    one = await where.backend.accounts.update_connection(connection_id, enabled=enabled)
    return {"status": "success", "connectedAccountId": one.id, "enabled": one.enabled}


@post("/{connection_id:str}/reinitiate", status_code=200, scope=Scope.CONNECT)
async def reinitiate_connection(
    request: Request[Any, Any, Any], connection_id: FromPath[str], data: JSONBody[Reinitiation]
) -> dict[str, Any]:
    """Connect again under the same id."""
    started = await here(request).backend.accounts.reinitiate(
        connection_id, values=own_values(data.data), redirect_url=data.redirect_uri or None
    )
    return show_started(started)


@patch("/{connection_id:str}/data", scope=Scope.CONNECT)
async def submit_values(
    request: Request[Any, Any, Any], connection_id: FromPath[str], data: JSONBody[Values]
) -> dict[str, Any]:
    """Set the values that a connection waits for, or replace them."""
    accounts = here(request).backend.accounts
    one, values = await accounts.connection(connection_id), own_values(data.data)
    waits = one.status is ConnectionStatus.INITIATED
    started = await (accounts.submit(one.id, values) if waits else accounts.reinitiate(one.id, values=values))
    return show_started(started)


async def _show(where: Here, found: list[Connection], *, params: bool = False) -> list[dict[str, Any]]:
    logos = {one.key: one.logo for one in await where.backend.apps()} if found else {}
    shown = []
    for one in found:
        values = await _params(where, one) if params and one.is_usable and where.caller.may(Scope.ADMIN) else {}
        shown.append(show_connection(one, logo=logos.get(one.app, ""), params=values))
    return shown


async def _params(where: Here, one: Connection) -> dict[str, Any]:
    """Return v0.7's values of a connection; empty if it cannot sign right now, which must not hide it."""
    try:
        found = await _auth_params(where, one)
    except ComposioError:
        return {}
    fields = {name: found["fields"][name] for name in _PARAMS if name in found["fields"]}
    known = {"scope": " ".join(one.scopes)} if one.scopes else {}
    return {**known, **fields, "base_url": found["base_url"], "headers": found["headers"], "queryParams": found["query_params"]}


async def _auth_params(where: Here, one: Connection) -> dict[str, Any]:
    return await where.backend.auth_params(one.app, Who(entity_id=one.entity_id, connected_account_id=one.id))


ROUTERS = [
    Router(
        "/api/v1/connectedAccounts",
        route_handlers=[
            *(list_connections, initiate_connection, get_connection, get_credentials, delete_connection),
            *(enable_connection, disable_connection, reinitiate_connection, submit_values),
        ],
        guards=[require_key],
    ),
    Router("/api/v2/connectedAccounts", route_handlers=[initiate_connection_v2], guards=[require_key]),
]
