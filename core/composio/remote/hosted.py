"""MCP servers and sessions of a server. Source: the server's ``/api/v3.1/mcp`` and ``/tool_router``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar
from urllib.parse import quote

from composio.errors import ServerUnavailable
from composio.model.hosted import HostedSession, McpAddress, McpServer, McpUrls
from composio.model.secret import Secret
from composio.remote.wire import ServerWire

__all__ = ["RemoteHosted"]

T = TypeVar("T")
_MOST = 1000


class RemoteHosted:
    """Requests everything from the server. See :class:`composio.backend.HostedService`."""

    def __init__(self, wire: ServerWire, key: Secret) -> None:
        self._wire, self._key = wire, key

    async def create_mcp_server(self, values: Mapping[str, Any]) -> McpServer:
        return self._read(McpServer, await self._wire.ask("POST", "/mcp/servers", dict(values)))

    async def mcp_servers(self) -> list[McpServer]:
        answer = await self._wire.ask("GET", f"/mcp/servers?limit={_MOST}", repeat=True)
        items = answer.get("items") if isinstance(answer, dict) else None
        return [self._read(McpServer, one) for one in items or ()]

    async def mcp_server(self, server_id: str) -> McpServer:
        return self._read(McpServer, await self._wire.ask("GET", f"/mcp/{quote(server_id, safe='')}", repeat=True))

    async def change_mcp_server(self, server_id: str, values: Mapping[str, Any]) -> McpServer:
        return self._read(McpServer, await self._wire.ask("PATCH", f"/mcp/{quote(server_id, safe='')}", dict(values)))

    async def delete_mcp_server(self, server_id: str) -> None:
        await self._wire.ask("DELETE", f"/mcp/{quote(server_id, safe='')}")

    async def sign_mcp_urls(
        self,
        server_id: str,
        *,
        user_ids: Sequence[str],
        connected_account_ids: Sequence[str],
        helpers: bool,
        seconds: float | None,
    ) -> McpUrls:
        body = {
            "mcp_server_id": server_id,
            "user_ids": list(user_ids),
            "connected_account_ids": list(connected_account_ids),
            "managed_auth_by_composio": helpers,
            "expires_in": seconds,
        }
        return self._read(McpUrls, await self._wire.ask("POST", "/mcp/servers/generate", body, repeat=True))

    async def create_session(self, values: Mapping[str, Any]) -> HostedSession:
        answer = await self._wire.ask("POST", "/tool_router/session", dict(values))
        try:
            headers = {"x-api-key": self._key.reveal()}
            address = McpAddress(url=str(answer["mcp"]["url"]), headers=headers)
            return HostedSession(id=str(answer["session_id"]), mcp=address)
        except (KeyError, TypeError):
            raise ServerUnavailable(f"{self._wire.url} sent a session that can't be read here.") from None

    def _read(self, kind: type[T], answer: Any) -> T:
        """An answer of v3's, of which only a part is needed here."""
        known = {one.name for one in fields(kind)}  # type: ignore[arg-type]  # the kinds are dataclasses
        found = {name: value for name, value in answer.items() if name in known} if isinstance(answer, dict) else answer
        return self._wire.read(kind, found)
