"""Integrations and connections."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, post

from composio.model.connection import ConnectionFilter, NewConnection, NewIntegration
from composio.remote.codec import encode
from composio.remote.requests import (
    CompleteConnection,
    ExpectedFields,
    GetConnection,
    ListIntegrations,
    OfConnection,
    OfIntegration,
    ReinitiateConnection,
    SubmitValues,
    UpdateConnection,
    UpdateIntegration,
)
from composio_server.access import Forbidden, here, require_key
from composio_server.services.keys import Scope
from composio_server.wire.own.bodies import Body, answer, answer_error, read

__all__ = ["router"]

Asked = Request[Any, Any, Any]


@post("/integrations/create", scope=Scope.ADMIN, status_code=200)
async def create_integration(request: Asked, data: Body) -> Response[bytes]:
    """Create an integration, or return the equal existing one unless `force_new`. Only the names in `config` are returned."""
    return answer(await here(request).backend.accounts.create_integration(read(NewIntegration, data)))


@post("/integrations/list", scope=Scope.READ, status_code=200)
async def list_integrations(request: Asked, data: Body) -> Response[bytes]:
    """Integrations, newest first: `{"integrations": [...]}`."""
    which = read(ListIntegrations, data)
    found = await here(request).backend.accounts.integrations(
        app=which.app, auth_mode=which.auth_mode, disabled=which.disabled, limit=which.limit
    )
    return answer({"integrations": [encode(one) for one in found]})


@post("/integrations/get", scope=Scope.READ, status_code=200)
async def get_integration(request: Asked, data: Body) -> Response[bytes]:
    """One integration."""
    return answer(await here(request).backend.accounts.integration(read(OfIntegration, data).integration_id))


@post("/integrations/update", scope=Scope.ADMIN, status_code=200)
async def update_integration(request: Asked, data: Body) -> Response[bytes]:
    """Change an integration: its `name`, `config`, `scopes`, `limited_actions`, and whether it is `enabled`."""
    asked = read(UpdateIntegration, data)
    return answer(await here(request).accounts.update_integration(asked.integration_id, asked.change))


@post("/integrations/remove", scope=Scope.ADMIN, status_code=200)
async def remove_integration(request: Asked, data: Body) -> Response[bytes]:
    """Remove an integration. Its connections stay listed but can no longer be used."""
    await here(request).backend.accounts.remove_integration(read(OfIntegration, data).integration_id)
    return answer({})


@post("/connections/initiate", scope=Scope.CONNECT, status_code=200)
async def initiate(request: Asked, data: Body) -> Response[bytes]:
    """Start to connect an entity to an app.

    Returns the `connection` and, if the user must go somewhere, `redirect_url`; `user_code` is what is typed there, and
    `expires_at` when the offer ends.
    """
    return answer(await here(request).backend.accounts.initiate(read(NewConnection, data)))


@post("/connections/complete", scope=Scope.CONNECT, status_code=200)
async def complete(request: Asked, data: Body) -> Response[bytes]:
    """Finish a connection with the `callback_url` to which the provider redirected the user."""
    asked = read(CompleteConnection, data)
    return answer(await here(request).backend.accounts.complete(asked.callback_url.reveal(), entity_id=asked.entity_id))


@post("/connections/submit", scope=Scope.CONNECT, status_code=200)
async def submit(request: Asked, data: Body) -> Response[bytes]:
    """Pass `values` that a user typed, for a connection that waits for them."""
    asked = read(SubmitValues, data)
    return answer(
        await here(request).backend.accounts.submit(
            asked.connection_id, asked.values, entity_id=asked.entity_id, redirect_url=asked.redirect_url
        )
    )


@post("/connections/advance", scope=Scope.CONNECT, status_code=200)
async def advance(request: Asked, data: Body) -> Response[bytes]:
    """The current state of the connection; polls the provider first if its flow requires it (device codes)."""
    return answer(await here(request).backend.accounts.advance(read(OfConnection, data).connection_id))


@post("/connections/list", scope=Scope.READ, status_code=200)
async def list_connections(request: Asked, data: Body) -> Response[bytes]:
    """Connections without their values, newest first: `{"connections": [...]}`."""
    which = read(ConnectionFilter, data)
    found = await here(request).backend.accounts.connections(**which)
    return answer({"connections": [encode(one) for one in found]})


@post("/connections/get", scope=Scope.READ, status_code=200)
async def get_connection(request: Asked, data: Body) -> Response[bytes]:
    """One connection; with `entity_id` only if it is that entity's.

    `values` includes its secrets, which requires an admin's key.
    """
    asked, found = here(request), read(GetConnection, data)
    if found.values and not asked.caller.may(Scope.ADMIN):
        raise Forbidden(f"The values of a connection are for keys with the scope {Scope.ADMIN!r}.")
    connection = await asked.backend.accounts.connection(found.connection_id, entity_id=found.entity_id, values=found.values)
    return answer(connection)


@post("/connections/update", scope=Scope.CONNECT, status_code=200)
async def update(request: Asked, data: Body) -> Response[bytes]:
    """Enable or disable a connection, or change its `labels`."""
    asked = read(UpdateConnection, data)
    return answer(
        await here(request).backend.accounts.update_connection(asked.connection_id, enabled=asked.enabled, labels=asked.labels)
    )


@post("/connections/refresh", scope=Scope.CONNECT, status_code=200)
async def refresh(request: Asked, data: Body) -> Response[bytes]:
    """Renew a connection's tokens now."""
    return answer(await here(request).backend.accounts.refresh_connection(read(OfConnection, data).connection_id))


@post("/connections/reinitiate", scope=Scope.CONNECT, status_code=200)
async def reinitiate(request: Asked, data: Body) -> Response[bytes]:
    """Connect again under the same id; returns the same as `initiate`."""
    asked = read(ReinitiateConnection, data)
    return answer(
        await here(request).backend.accounts.reinitiate(
            asked.connection_id, values=asked.values, redirect_url=asked.redirect_url, scopes=asked.scopes
        )
    )


@post("/connections/delete", scope=Scope.CONNECT, status_code=200)
async def delete(request: Asked, data: Body) -> Response[bytes]:
    """Revoke a connection at the provider, if that is supported, and delete it."""
    await here(request).backend.accounts.delete_connection(read(OfConnection, data).connection_id)
    return answer({})


@post("/connections/check", scope=Scope.CONNECT, status_code=200)
async def check(request: Asked, data: Body) -> Response[bytes]:
    """Ask the app who the connection's user is; returns the connection, or the error that a call with it would get."""
    return answer(await here(request).backend.accounts.check_connection(read(OfConnection, data).connection_id))


@post("/expected_fields", scope=Scope.READ, status_code=200)
async def get_expected_fields(request: Asked, data: Body) -> Response[bytes]:
    """The scheme of a new connection, and the fields to fill: `{"scheme": {...}, "fields": [...]}`."""
    asked = read(ExpectedFields, data)
    scheme, fields = await here(request).backend.accounts.expected_fields(
        asked.app, asked.auth_mode, integration_id=asked.integration_id, customer=asked.customer
    )
    return answer({"scheme": encode(scheme), "fields": [encode(one) for one in fields]})


router = Router(
    "/api/v3.1/accounts",
    route_handlers=[
        *(create_integration, list_integrations, get_integration, update_integration, remove_integration),
        *(initiate, complete, submit, advance, list_connections, get_connection),
        *(update, refresh, reinitiate, delete, check, get_expected_fields),
    ],
    guards=[require_key],
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: accounts"],
)
