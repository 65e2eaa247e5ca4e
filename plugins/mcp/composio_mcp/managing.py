"""MCP servers of a Composio server, as `composio mcp create`, `list`, `url` and `remove` ask for them.

Source: ``/api/v3/mcp`` of the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx

from composio.backend.factory import name_server
from composio.errors import InvalidRequest, KeyRefused, ServerUnavailable

__all__ = ["create", "list_servers", "remove", "sign"]

_SECONDS = 30.0
_MOST = 1000


def create(name: str, *, apps: Sequence[str], tools: Sequence[str], auth_configs: Sequence[str], managed: bool) -> Any:
    """Make a server, and give it as the API has it."""
    body = {
        "name": name,
        "toolkits": list(apps),
        "allowed_tools": list(tools),
        "auth_config_ids": list(auth_configs),
        "managed_auth_via_composio": managed,
    }
    return _ask("POST", "/servers", body)


def list_servers() -> list[dict[str, Any]]:
    """The project's servers, newest first."""
    found: list[dict[str, Any]] = _ask("GET", f"/servers?limit={_MOST}")["items"]
    return found


def sign(
    server_id: str, *, users: Sequence[str], accounts: Sequence[str], helpers: bool, expires_in: float | None = None
) -> Any:
    """``mcp_url``, and signed ``user_ids_url`` and ``connected_account_urls``, which work for ``expires_in`` seconds."""
    body = {
        "mcp_server_id": server_id,
        "user_ids": list(users),
        "connected_account_ids": list(accounts),
        "managed_auth_by_composio": helpers,
        **({"expires_in": expires_in} if expires_in is not None else {}),
    }
    return _ask("POST", "/servers/generate", body)


def remove(server_id: str) -> None:
    """Forget a server, and every URL that was signed for it."""
    _ask("DELETE", f"/{quote(server_id, safe='')}")


def _ask(method: str, path: str, body: Any = None) -> Any:
    address = name_server()
    if address is None:
        raise InvalidRequest(
            "This is for MCP servers of a Composio server: name one with `composio login`. On this machine alone,"
            " `composio mcp serve` serves, and `composio mcp setup --client NAME --apps ...` tells a client of it."
        )
    try:
        answer = httpx.request(
            method,
            f"{address.url}/api/v3/mcp{path}",
            json=body,
            headers={"x-api-key": address.key.reveal()},
            timeout=_SECONDS,
        )
    except httpx.TransportError as error:
        raise ServerUnavailable(f"{address.url} can't be reached: {error}") from None
    if answer.status_code in {401, 403}:
        raise KeyRefused(_said(answer))
    if answer.status_code >= 500 and answer.status_code != 501:
        raise ServerUnavailable(f"{address.url} answered {answer.status_code}: {_said(answer)}")
    if not answer.is_success:
        raise InvalidRequest(_said(answer))
    try:
        return answer.json()
    except ValueError:
        raise ServerUnavailable(f"{address.url} is no Composio server: it answered without JSON.") from None


def _said(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        return str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
