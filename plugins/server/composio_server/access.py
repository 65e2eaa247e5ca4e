"""Authenticate and authorize requests: the guard of every route that takes an API key.

A route says with ``scope=`` what its caller's key must allow; one that says nothing is for admins.
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
# What runs calls is in their own log.
_UNAUDITED = frozenset({KeyScope.READ, KeyScope.EXECUTE})
_LONGEST = 200  # characters of a header that could be a key


class Forbidden(Exception):
    """A key that does not allow what was asked."""


async def require_key(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raises ``KeyRefused`` without a key that opens a project, ``Forbidden`` for one that does not go so far."""
    await check_key(connection, KeyScope(handler.opt.get("scope", KeyScope.ADMIN)))


async def check_key(connection: ASGIConnection[Any, Any, Any, Any], scope: KeyScope) -> None:
    """As :func:`require_key`, for routes that some callers reach without a key."""
    services, key = get_services(connection), _key_of(connection)
    caller = services.keys.verify_known(key)
    if caller is None or services.projects.known_settings(caller.project_id) is None:
        caller = await off_loop(_verify, services, key)
    # Known before what it may do: an attempt is on the record too.
    connection.scope["state"][_CALLER] = caller
    if not caller.may(scope):
        raise Forbidden(f"This key may {', '.join(sorted(caller.scopes))}; what was asked needs the scope {scope.value!r}.")


def know_key(services: Services, scope: Scope, needed: KeyScope) -> bool:
    """Let a request in whose key was read a moment ago; False where :func:`require_key` has to look, or to refuse it."""
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
        # They say where its users come back to, and which apps are its own.
        services.project_apps.follow(caller.project_id, services.projects.settings(caller.project_id))
    return caller


def _key_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    key = connection.headers.get("x-api-key", "").strip() or bearer_of(connection)
    if not key:
        raise KeyRefused("No API key was sent. Send one in the header x-api-key; `composio server keys create` makes one.")
    return key[:_LONGEST]


def bearer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The bearer token of a request; "" if there is none."""
    kind, _, bearer = connection.headers.get("authorization", "").partition(" ")
    return bearer.strip() if kind.lower() == "bearer" else ""


def get_services(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    """The services of the application that a request came to."""
    found: Services = connection.app.state.services
    return found


@dataclass(frozen=True, slots=True)
class Here:
    """What a request that :func:`require_key` let in may use."""

    services: Services
    caller: Caller

    @property
    def backend(self) -> Backend:
        """The backend of the caller's project."""
        return self.services.backends.of(self.caller.project_id)

    @property
    def accounts(self) -> Accounts:
        """Integrations and connections of the caller's project, with what only a server asks of them."""
        return self.services.backends.of(self.caller.project_id).accounts


def here(request: ASGIConnection[Any, Any, Any, Any]) -> Here:
    """The services, and who asks for them."""
    return Here(get_services(request), request.scope["state"][_CALLER])


def caller_of(scope: Scope) -> Caller | None:
    """Who sent a request, as far as :func:`require_key` found out; None on pages, and where no key was taken."""
    found: Caller | None = scope["state"].get(_CALLER)
    return found


def audit_changes(app: ASGIApp) -> ASGIApp:
    """Write down what keys change, and what they tried to: every request of theirs that neither only reads nor runs a call."""

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
