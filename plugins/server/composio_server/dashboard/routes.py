"""The dashboard's routes and error pages."""

from __future__ import annotations

from typing import Any

from litestar import Response, Router
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from composio.errors import ComposioError, ConfigurationError, ConnectedAccountNotFound, NotFoundError, UsageError
from composio_server.access import get_services
from composio_server.dashboard import accounts, calls, catalog, choices, events, figures, mcp, own_apps, project
from composio_server.dashboard.visit import Asked, NotAllowed, NotHere, NotSignedIn
from composio_server.pages.browser import site_of
from composio_server.pages.errors import show_error
from composio_server.pages.render import page
from composio_server.services.people import NotAnOwner

__all__ = ["DASHBOARD"]


def _sign_in(request: Asked, error: NotSignedIn) -> Response[Any]:
    return error.answer(request)


def _refuse(request: Asked, error: NotAllowed | NotAnOwner) -> Response[Any]:
    return _say(request, 403, "Not allowed", str(error))


def _not_found(request: Asked, error: Exception) -> Response[Any]:
    return _say(request, 404, "Nothing is here", str(error))


def _wrong(request: Asked, error: ComposioError) -> Response[Any]:
    return _say(request, 422, "Something went wrong", str(error))


def _say(request: Asked, status: int, title: str, message: str) -> Response[Any]:
    return page("message", status=status, site=site_of(request), title=title, message=message, ok=False, again=None)


def _need_server(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse routes without a function in an embedded home: it has no keys, no members, and serves no MCP."""
    if get_services(connection).is_local:
        raise NotHere("Only a server has this. Start one with `composio serve`.")


_SERVED = Router(
    "/",
    route_handlers=[
        *(mcp.new_server, mcp.add_server, mcp.show_server, mcp.change_server, mcp.do_with_server),
        *(mcp.list_sessions, mcp.add_session, mcp.show_session, mcp.remove_session),
        *(own_apps.new_app, own_apps.add_app, own_apps.do_with_app),
        *(choices.add_project, choices.change_look, choices.change_upkeep),
        *(project.test_key, project.add_key, project.revoke_key, project.add_member, project.remove_member),
    ],
    guards=[_need_server],
)

DASHBOARD = Router(
    "/projects/{project:str}",
    route_handlers=[
        *(project.show_start, catalog.search_tools, calls.play, calls.run_action),
        *(catalog.list_apps, catalog.show_app, catalog.show_action),
        *(accounts.list_integrations, accounts.new_integration, accounts.add_integration),
        *(accounts.show_integration, accounts.change_integration, accounts.do_with_integration),
        *(accounts.list_connections, accounts.new_connection, accounts.connect_user),
        *(accounts.show_connection, accounts.do_with_connection),
        *(events.list_triggers, events.new_trigger, events.enable_trigger, events.show_trigger, events.do_with_trigger),
        *(mcp.list_servers, calls.list_calls, calls.show_call, figures.show_figures),
        *(events.list_events, events.show_event, events.resend_event, events.resend_events),
        *(project.show_settings, project.add_webhook, project.do_with_webhook),
        _SERVED,
    ],
    include_in_schema=False,
    exception_handlers={
        NotSignedIn: _sign_in,
        NotAllowed: _refuse,
        NotAnOwner: _refuse,
        NotHere: _not_found,
        NotFoundError: _not_found,
        ConnectedAccountNotFound: _not_found,
        UsageError: _wrong,
        ConfigurationError: show_error,
        ComposioError: _wrong,
        Exception: show_error,
    },
)
