"""The routers of v3 and v3.1, which answer alike; the OpenAPI document describes v3.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Router

from composio_server.access import require_key
from composio_server.wire.v3 import (
    auth_configs,
    cli,
    connected_accounts,
    files,
    logs,
    mcp,
    sessions,
    tool_calls,
    tool_proxy,
    toolkits,
    tools,
    triggers,
)
from composio_server.wire.v3.wire import drop_brackets

__all__ = ["ROUTERS"]

_ROUTES: dict[str, Sequence[Any]] = {
    "Auth configs": auth_configs.routes,
    "Connected accounts": connected_accounts.routes,
    "Toolkits": toolkits.routes,
    "Tools": (*tools.routes, *tool_calls.routes, *tool_proxy.routes),
    "Tool router": sessions.routes,
    "Files": files.routes,
    "Logs": logs.routes,
    "Triggers": triggers.routes,
    "MCP": mcp.routes,
}


def _make(path: str, tag: str, routes: Sequence[Any], *, guarded: bool = True) -> Router:
    return Router(
        path,
        route_handlers=list(routes),
        guards=[require_key] if guarded else [],
        before_request=drop_brackets,
        tags=[tag],
        security=None if guarded else [{}],
        include_in_schema=path == _PATHS[-1],
    )


_PATHS = ("/api/v3", "/api/v3.1")
ROUTERS = [
    *(_make(path, tag, routes) for path in _PATHS for tag, routes in _ROUTES.items()),
    *(_make(path, "Command line", cli.routes, guarded=False) for path in _PATHS),
]
