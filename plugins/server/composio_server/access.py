"""Authenticate and authorize requests: the guard of every route that takes an API key.

A route declares with ``scope=`` what its caller's key must allow; without it, only admins are allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from composio.accounts.service import Accounts
from composio.backend import Backend
from composio_server.answering import StatusWatch
from composio_server.services.keys import Caller, KeyRefused
from composio_server.services.keys import Scope as KeyScope
from composio_server.services.services import Services
from composio_server.services.threads import off_loop

__all__ = [
    "Forbidden",
    "Here",
    "audit_changes",
    "bearer_of",
    "caller_of",
    "check_key",
    "get_services",
    "here",
    "know_key",
    "require_key",
]

_CALLER = "composio_caller"
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Routes that run calls have their own log.
_UNAUDITED = frozenset({KeyScope.READ, KeyScope.EXECUTE})
_LONGEST = 200  # maximum characters of a header with a key


class Forbidden(Exception):
    """A key whose scopes do not allow the request."""


async def require_key(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raise ``KeyRefused`` without a valid key, and ``Forbidden`` for one without the required scope."""
    await check_key(connection, KeyScope(handler.opt.get("scope", KeyScope.ADMIN)))


async def check_key(connection: ASGIConnection[Any, Any, Any, Any], scope: KeyScope) -> None:
    """Do the same as :func:`require_key`, for routes that some callers use without a key."""
    services, key = get_services(connection), _key_of(connection)
    caller = services.keys.verify_known(key)
    if caller is None or services.projects.known_settings(caller.project_id) is None:
        caller = await off_loop(_verify, services, key)
    # Set before authorization: a refused attempt is logged too.
    connection.scope["state"][_CALLER] = caller
    if not caller.may(scope):
        raise Forbidden(f"This key may {', '.join(sorted(caller.scopes))}; what was asked needs the scope {scope.value!r}.")


def know_key(services: Services, scope: Scope, needed: KeyScope) -> bool:
    """Accept a request whose key was read a moment ago; return False if :func:`require_key` must check or refuse it."""
    sent = next((value for name, value in scope["headers"] if name == b"x-api-key"), b"").decode("latin-1").strip()
    try:
        caller = services.keys.verify_known(sent) if 0 < len(sent) <= _LONGEST else None
    except KeyRefused:
        return False
    if caller is None or not caller.may(needed) or services.projects.known_settings(caller.project_id) is None:
        return False
    scope["state"][_CALLER] = caller
    return True


def _verify(services: Services, key: str) -> Caller:
    caller = services.keys.verify(key)
    if services.projects.known_settings(caller.project_id) is None:
        # They contain the project's redirect URI, and its own apps.
        services.project_apps.follow(caller.project_id, services.projects.settings(caller.project_id))
    return caller


def _key_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    key = connection.headers.get("x-api-key", "").strip() or bearer_of(connection)
    if not key:
        raise KeyRefused("No API key was sent. Send one in the header x-api-key; `composio server keys create` makes one.")
    return key[:_LONGEST]


def bearer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the bearer token of a request; "" if there is none."""
    kind, _, bearer = connection.headers.get("authorization", "").partition(" ")
    return bearer.strip() if kind.lower() == "bearer" else ""


def get_services(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    """Return the services of the request's application."""
    found: Services = connection.app.state.services
    return found


@dataclass(frozen=True, slots=True)
class Here:
    """Return what a request that :func:`require_key` accepted may use."""

    services: Services
    caller: Caller

    @property
    def backend(self) -> Backend:
        """The backend of the caller's project."""
        return self.services.backends.of(self.caller.project_id)

    @property
    def accounts(self) -> Accounts:
        """Integrations and connections of the caller's project, with server-only operations."""
        return self.services.backends.of(self.caller.project_id).accounts


def here(request: ASGIConnection[Any, Any, Any, Any]) -> Here:
    """The services, and the caller."""
    return Here(get_services(request), request.scope["state"][_CALLER])


def caller_of(scope: Scope) -> Caller | None:
    """Return who sent a request, as found by :func:`require_key`; None on pages, and without a key."""
    found: Caller | None = scope["state"].get(_CALLER)
    return found


def audit_changes(app: ASGIApp) -> ASGIApp:
    """Record changes and attempted changes by keys in the audit log: every request that neither only reads nor runs a call."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in _CHANGING:
            await app(scope, receive, send)
            return
        watch = StatusWatch(send)

        try:
            await app(scope, receive, watch)
        finally:
            caller = caller_of(scope)
            if caller is not None and scope["route_handler"].opt.get("scope") not in _UNAUDITED:
                services: Services = scope["litestar_app"].state.services
                services.audit.note(
                    caller.project_id,
                    f"key:{caller.key_id}",
                    f"{scope['method']} {scope.get('path_template')}",
                    scope.get("path_params") or {},
                    status=watch.status,
                    request_id=str(scope["state"].get("composio_request_id", "")),
                )

    return serve
