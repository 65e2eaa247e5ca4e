"""MCP servers: there are none so far, so that lists are empty."""

from __future__ import annotations

from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from composio_server.services.keys import Scope
from composio_server.wire.v3.wire import NotOffered, Wire

__all__ = ["routes"]

_NOT_YET = "This server makes no MCP servers yet."


class McpServers(Wire, kw_only=True):
    """A page of MCP servers."""

    items: list[dict[str, Any]]
    total_pages: int
    current_page: int


@get("/mcp/servers", scope=Scope.READ)
async def list_mcp_servers(request: Request[Any, Any, Any]) -> McpServers:
    """List MCP servers; there are none so far."""
    del request
    return McpServers(items=[], total_pages=0, current_page=1)


@get("/mcp/app/{app_key:str}", scope=Scope.READ)
async def list_mcp_servers_of(request: Request[Any, Any, Any], app_key: FromPath[str]) -> McpServers:
    """List MCP servers of a toolkit; there are none so far."""
    del request, app_key
    return McpServers(items=[], total_pages=0, current_page=1)


@get("/mcp/{id:str}", scope=Scope.READ)
async def get_mcp_server(request: Request[Any, Any, Any], id: FromPath[str]) -> dict[str, Any]:  # noqa: A002 - the parameter's name, as below
    """Get an MCP server; there are none so far."""
    del request
    raise NotFoundException(detail=f"There is no MCP server {id!r:.80}. {_NOT_YET}")


@post("/mcp/servers", scope=Scope.ADMIN, status_code=201, raises=[NotOffered])
async def create_mcp_server(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Not offered yet."""
    del request
    raise NotOffered(_NOT_YET)


@post("/mcp/servers/custom", scope=Scope.ADMIN, status_code=201, raises=[NotOffered])
async def create_custom_mcp_server(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Not offered yet."""
    del request
    raise NotOffered(_NOT_YET)


@post("/mcp/servers/generate", scope=Scope.ADMIN, status_code=201, raises=[NotOffered])
async def make_mcp_url(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Not offered yet."""
    del request
    raise NotOffered(_NOT_YET)


@patch("/mcp/{id:str}", scope=Scope.ADMIN, raises=[NotOffered])
async def change_mcp_server(request: Request[Any, Any, Any], id: FromPath[str]) -> dict[str, Any]:  # noqa: A002
    """Not offered yet."""
    del request, id
    raise NotOffered(_NOT_YET)


@delete("/mcp/{id:str}", scope=Scope.ADMIN, status_code=200, raises=[NotOffered])
async def delete_mcp_server(request: Request[Any, Any, Any], id: FromPath[str]) -> dict[str, Any]:  # noqa: A002
    """Not offered yet."""
    del request, id
    raise NotOffered(_NOT_YET)


@get("/cli/realtime/credentials", scope=Scope.READ, raises=[NotOffered])
async def get_realtime_credentials(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Not offered: events do not go over another company's network."""
    del request
    raise NotOffered("This server sends no events over Pusher.")


@post("/cli/realtime/auth", scope=Scope.READ, status_code=200, raises=[NotOffered])
async def allow_realtime(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Not offered: events do not go over another company's network."""
    del request
    raise NotOffered("This server sends no events over Pusher.")


routes = [
    list_mcp_servers,
    list_mcp_servers_of,
    create_mcp_server,
    create_custom_mcp_server,
    make_mcp_url,
    get_mcp_server,
    change_mcp_server,
    delete_mcp_server,
    get_realtime_credentials,
    allow_realtime,
]
