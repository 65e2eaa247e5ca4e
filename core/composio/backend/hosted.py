"""The interface of what only a server has: MCP servers for many users, and sessions that MCP clients reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from composio.model.hosted import HostedSession, McpServer, McpUrls

__all__ = ["HostedService"]


class HostedService(Protocol):
    """Creates and removes them. Unknown ids raise the server's ``NotFoundError``."""

    async def create_mcp_server(self, values: Mapping[str, Any]) -> McpServer: ...

    async def mcp_servers(self) -> list[McpServer]: ...

    async def mcp_server(self, server_id: str) -> McpServer: ...

    async def change_mcp_server(self, server_id: str, values: Mapping[str, Any]) -> McpServer: ...

    async def delete_mcp_server(self, server_id: str) -> None: ...

    async def sign_mcp_urls(
        self,
        server_id: str,
        *,
        user_ids: Sequence[str],
        connected_account_ids: Sequence[str],
        helpers: bool,
        seconds: float | None,
    ) -> McpUrls: ...

    async def create_session(self, values: Mapping[str, Any]) -> HostedSession: ...
