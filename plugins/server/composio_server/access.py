"""Who sends a request, and whether they may: the one guard of every route that takes an API key.

A route says with ``scope=`` what its caller's key must allow; one that says nothing is for admins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from composio.backend import Backend
from composio_server.services.keys import Caller, KeyRefused, Scope
from composio_server.services.services import Services, off_loop

__all__ = ["Forbidden", "Here", "get_services", "here", "require_key"]

_CALLER = "composio_caller"
_LONGEST = 200  # characters of a header that could be a key


class Forbidden(Exception):
    """A key that does not allow what was asked."""


async def require_key(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raises ``KeyRefused`` without a key that opens a project, ``Forbidden`` for one that does not go so far."""
    caller = await off_loop(get_services(connection).keys.verify, _key_of(connection))
    scope = Scope(handler.opt.get("scope", Scope.ADMIN))
    if not caller.may(scope):
        raise Forbidden(f"This key may {', '.join(sorted(caller.scopes))}; what was asked needs the scope {scope!r}.")
    connection.scope["state"][_CALLER] = caller


def _key_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    key = connection.headers.get("x-api-key", "").strip()
    if not key:
        kind, _, bearer = connection.headers.get("authorization", "").partition(" ")
        key = bearer.strip() if kind.lower() == "bearer" else ""
    if not key:
        raise KeyRefused("No API key was sent. Send one in the header x-api-key; `composio server keys create` makes one.")
    return key[:_LONGEST]


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


def here(request: ASGIConnection[Any, Any, Any, Any]) -> Here:
    """The services, and who asks for them."""
    return Here(get_services(request), request.scope["state"][_CALLER])
