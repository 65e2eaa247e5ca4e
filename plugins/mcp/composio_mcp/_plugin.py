"""Register ``composio mcp``, the MCP endpoint of a server, and the protocol of MCP servers as apps."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import hookimpl

__all__ = ["register_commands", "register_endpoints", "register_peers"]


@hookimpl
def register_commands(register: Callable[[str, str], None]) -> None:
    """Loads on first use: listing commands imports no MCP."""
    register("mcp", "composio_mcp.commands:mcp")


@hookimpl
def register_endpoints(register: Callable[[str, str], None]) -> None:
    """The same, for servers."""
    register("mcp", "composio_mcp.endpoint:Endpoint")


@hookimpl
def register_peers(register: Callable[[str, str], None]) -> None:
    """The same, for MCP servers that are apps."""
    register("mcp", "composio_mcp.upstream.service:Service")
