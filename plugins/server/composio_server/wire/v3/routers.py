"""The routers of v3 and v3.1, which answer alike; the OpenAPI document describes v3.1."""

from __future__ import annotations

from litestar import Router

from composio_server.access import require_key
from composio_server.wire.v3 import auth_configs, connected_accounts, logs, mcp, sessions, toolkits, tools, triggers
from composio_server.wire.v3.wire import drop_brackets

__all__ = ["ROUTERS"]

_ROUTES = {
    "Auth configs": auth_configs.routes,
    "Connected accounts": connected_accounts.routes,
    "Toolkits": toolkits.routes,
    "Tools": tools.routes,
    "Tool router": sessions.routes,
    "Logs": logs.routes,
    "Triggers": triggers.routes,
    "MCP": mcp.routes,
}

ROUTERS = [
    Router(
        path,
        route_handlers=list(routes),
        guards=[require_key],
        before_request=drop_brackets,
        tags=[tag],
        include_in_schema=path == "/api/v3.1",
    )
    for path in ("/api/v3", "/api/v3.1")
    for tag, routes in _ROUTES.items()
]
