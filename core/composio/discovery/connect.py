"""Connect an agent's user to apps: create links, and wait until users open them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from composio.discovery.login import Login
from composio.discovery.names import CONNECT
from composio.discovery.scope import Scope
from composio.discovery.status import Status, status_of
from composio.errors import ComposioError, InvalidRequest, MissingFields, NotFoundError
from composio.model.call import Who
from composio.model.connection import ConnectionStarted, ConnectionStatus, NewConnection

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["connect"]

# Seconds between two checks, short at first.
_FIRST_LOOK, _SLOWER, _LAST_LOOK = 0.1, 1.5, 2.0
_RECENT, _LISTED = 20, 500  # connections that are looked at
_USUAL = Login()


async def connect(
    backend: Backend,
    scope: Scope,
    toolkits: Sequence[str],
    who: Who,
    *,
    anew: bool = False,
    wait_seconds: float = 0,
    login: Login = _USUAL,
) -> dict[str, Any]:
    """Return ``{"results": {app: {"status": "active" | "initiated" | "failed", ...}}, "summary": {...}}``.

    ``anew`` creates links for users who are connected too. ``wait_seconds`` waits for earlier links; an app without one gets a
    link immediately. Without ``toolkits`` the result lists the apps that ``who`` is connected to.
    """
    until = time.monotonic() + wait_seconds
    results = {} if toolkits else await _list(backend, scope, who, login)
    for name in dict.fromkeys(toolkits):
        try:
            app = (await scope.app(backend, name)).key
        except NotFoundError as error:
            results[name] = _report_failure(name, str(error))
            continue
        try:
            results[app] = await _connect(backend, app, who, anew, until, login)
        except ComposioError as error:
            results[app] = _report_failure(app, f"This needs the developer, not the user: {error}")
    counted = Counter(one["status"] for one in results.values())
    summary = {
        "total_toolkits": len(results),
        "active_connections": counted["active"],
        "initiated_connections": counted["initiated"],
        "failed_connections": counted["failed"],
    }
    return {"results": results, "summary": summary}


async def _list(backend: Backend, scope: Scope, who: Who, login: Login) -> dict[str, Any]:
    """List the apps that ``who`` is connected to, each once."""
    results: dict[str, Any] = {}
    for one in await backend.accounts.connections(entity_ids=(who.entity_id,), active=True, limit=_LISTED):
        pinned = login.integrations.get(one.app) if login.is_exclusive else None
        if one.app not in results and scope.allows_app(one.app) and pinned in (None, one.integration_id):
            results[one.app] = {**_result(one.app, "active"), "connected_account_id": who.connection_to(one.app) or one.id}
    return results


async def _connect(backend: Backend, app: str, who: Who, anew: bool, until: float, login: Login) -> dict[str, Any]:
    status = await status_of(backend, app, who)
    if status is not None and not status.needs_none and login.excludes(app, who):
        status = replace(status, is_connected=False, ended=None)
    if status is None or status.needs_none or (status.is_connected and not anew):
        return _active(app, status)
    waits = until > time.monotonic()
    if waits and (pending := await _find_pending(backend, app, who, status, login)):
        return await _wait(backend, app, pending, who, until)
    _, left = await backend.accounts.expected_fields(app, integration_id=login.integrations.get(app), customer=True)
    needed = [one.name for one in left if one.required and one.default is None]
    if needed:
        return _report_failure(
            app,
            f"Connecting to {app} takes values that the user has to give to the application itself, never to you:"
            f" {', '.join(needed)}. Tell the user so. The developer asks for them with"
            f" initiate_connection(app={app!r}, connected_account_params=...), or runs `composio add {app}`.",
            required_fields=needed,
        )
    try:
        started = await _begin(backend, app, who, status, login)
    except MissingFields as error:
        return _report_failure(app, f"This needs the developer, not the user: {error}", required_fields=list(error.fields))
    if started.connection.is_usable:
        return _active(app, await status_of(backend, app, who))
    return _describe_start(app, started)


async def _begin(backend: Backend, app: str, who: Who, status: Status, login: Login) -> ConnectionStarted:
    """Create a link for the connection that ended, or for a new one if that belongs to another integration than the login's."""
    integration_id = login.integrations.get(app)
    if status.ended is not None:
        ended = await backend.accounts.connection(status.ended)
        if integration_id in (None, ended.integration_id):
            if not ended.enabled:  # and stays so, however often its user connects
                raise InvalidRequest(f"{ended.id} is disabled. Enable it: toolset.enable_connection({ended.id!r}).")
            return await backend.accounts.reinitiate(ended.id, redirect_url=login.redirect_url)
    new = NewConnection(entity_id=who.entity_id, app=app, integration_id=integration_id, redirect_url=login.redirect_url)
    return await backend.accounts.initiate(new)


async def _find_pending(backend: Backend, app: str, who: Who, status: Status, login: Login) -> list[str]:
    """The entity's connections that wait for the user, newest first; one that ended waits for its user to connect again."""
    found = await backend.accounts.connections(
        app=app, entity_ids=(who.entity_id,), integration_id=login.integrations.get(app), limit=_RECENT
    )
    return [one.id for one in found if one.status is ConnectionStatus.INITIATED or (one.id == status.ended and one.enabled)]


async def _wait(backend: Backend, app: str, pending: Sequence[str], who: Who, until: float) -> dict[str, Any]:
    """Check until one of ``pending`` is active or has failed, or the time is over."""
    import anyio

    pause = _FIRST_LOOK
    while True:
        found = [await backend.accounts.advance(one) for one in pending]
        if any(one.is_usable for one in found):
            return _active(app, await status_of(backend, app, who))
        failed = next((one for one in found if one.status is ConnectionStatus.FAILED), None)
        if failed is not None and all(one.status is not ConnectionStatus.INITIATED for one in found):
            return _report_failure(app, f"The user was not connected: {failed.error or 'the provider gave no reason'}")
        left = until - time.monotonic()
        if left <= 0:
            return {
                **_result(app, "initiated"),
                "instruction": "The user has not finished yet. Ask whether the link worked; call this again with wait_seconds to"
                " go on waiting, or without to get a new link.",
            }
        await anyio.sleep(min(pause, left))
        pause = min(pause * _SLOWER, _LAST_LOOK)


def _result(app: str, status: str) -> dict[str, Any]:
    return {"toolkit": app, "status": status, "has_active_connection": status == "active"}


def _active(app: str, status: Status | None) -> dict[str, Any]:
    return {**_result(app, "active"), "instruction": status.message if status is not None else "Needs no connection."}


def _report_failure(app: str, message: str, **more: Any) -> dict[str, Any]:
    return {**_result(app, "failed"), "error_message": message, **more}


def _describe_start(app: str, started: ConnectionStarted) -> dict[str, Any]:
    code = f" There the user types the code {started.user_code}." if started.user_code else ""
    found = {
        **_result(app, "initiated"),
        "connected_account_id": started.connection.id,
        "redirect_url": started.redirect_url,
        "instruction": f"Show redirect_url to the user as a link.{code} Then call {CONNECT} again with wait_seconds.",
    }
    return {**found, "user_code": started.user_code} if started.user_code else found
