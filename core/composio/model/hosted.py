"""What a server offers over MCP: MCP servers, the URLs of their users, and agents' sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["HostedSession", "McpAddress", "McpServer", "McpUrls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """One MCP server in v3's form. ``mcp_url`` takes a key; times are ISO 8601."""

    id: str
    name: str = ""
    toolkits: tuple[str, ...] = ()
    allowed_tools: tuple[str, ...] = ()
    auth_config_ids: tuple[str, ...] = ()
    managed_auth_via_composio: bool = False
    mcp_url: str = ""
    created_at: str = ""
    updated_at: str = ""

    def listing(self) -> dict[str, Any]:
        """Return it as JSON."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class McpUrls:
    """``mcp_url`` takes a key. The other URLs grant access as their user without one: they are secrets."""

    mcp_url: str
    user_ids_url: tuple[str, ...] = field(default=(), repr=False)
    connected_account_urls: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpAddress:
    """The URL for an MCP client, and the headers to send; they contain the API key."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedSession:
    """A tool router session on a server."""

    id: str
    mcp: McpAddress
