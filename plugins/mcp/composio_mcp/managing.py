"""MCP servers of a Composio server and their grants, for `composio mcp create`, `list`, `url`, `remove` and `grants`.

Source: ``/api/v3/mcp`` and ``/api/v3.1/grants`` of the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from composio.backend.factory import name_server
from composio.errors import InvalidRequest, KeyRefused, ServerUnavailable

__all__ = ["create", "list_grants", "list_servers", "remove", "revoke", "rotate", "sign"]

_SERVERS, _GRANTS = "/api/v3/mcp", "/api/v3.1/grants"

_SECONDS = 30.0
_MOST = 1000


def create(name: str, *, apps: Sequence[str], tools: Sequence[str], auth_configs: Sequence[str], managed: bool) -> Any:
    """Create a server, and return it in the API's form."""
    body = {
        "name": name,
        "toolkits": list(apps),
        "allowed_tools": list(tools),
        "auth_config_ids": list(auth_configs),
        "managed_auth_via_composio": managed,
    }
    return _ask("POST", f"{_SERVERS}/servers", body)


def list_servers() -> list[dict[str, Any]]:
    """Return the project's servers, newest first."""
    found: list[dict[str, Any]] = _ask("GET", f"{_SERVERS}/servers?limit={_MOST}")["items"]
    return found


def sign(
    server_id: str, *, users: Sequence[str], accounts: Sequence[str], helpers: bool, expires_in: float | None = None
) -> Any:
    """Return ``mcp_url``, and signed ``user_ids_url`` and ``connected_account_urls``, valid for ``expires_in`` seconds."""
    body = {
        "mcp_server_id": server_id,
        "user_ids": list(users),
        "connected_account_ids": list(accounts),
        "managed_auth_by_composio": helpers,
        **({"expires_in": expires_in} if expires_in is not None else {}),
    }
    return _ask("POST", f"{_SERVERS}/servers/generate", body)


def rotate(server_id: str) -> Any:
    """Revoke every signed URL of a server, and return it in the API's form."""
    return _ask("POST", f"{_SERVERS}/{quote(server_id, safe='')}/rotate")


def remove(server_id: str) -> None:
    """Delete a server, and every signed URL."""
    _ask("DELETE", f"{_SERVERS}/{quote(server_id, safe='')}")


def list_grants(*, server_id: str = "", session_id: str = "") -> list[dict[str, Any]]:
    """Return which programs may use the project's MCP servers and sessions, or one of them; oldest first."""
    query = {"mcp_server_id": server_id, "session_id": session_id}
    given = urlencode({name: value for name, value in query.items() if value})
    found: list[dict[str, Any]] = _ask("GET", f"{_GRANTS}?{given}" if given else _GRANTS)["grants"]
    return found


def revoke(grant_id: str) -> None:
    """Revoke a program's access."""
    _ask("DELETE", f"{_GRANTS}/{quote(grant_id, safe='')}")


def _ask(method: str, path: str, body: Any = None) -> Any:
    address = name_server()
    if address is None:
        raise InvalidRequest(
            "This is for MCP servers of a Composio server: name one with `composio login`. On this machine alone,"
            " `composio mcp serve` serves, and `composio mcp setup --client NAME --apps ...` configures a client."
        )
    try:
        answer = httpx.request(
            method,
            f"{address.url}{path}",
            json=body,
            headers={"x-api-key": address.key.reveal()},
            timeout=_SECONDS,
        )
    except httpx.TransportError as error:
        raise ServerUnavailable(f"{address.url} can't be reached: {error}") from None
    if answer.status_code in {401, 403}:
        raise KeyRefused(_read_error(answer))
    if answer.status_code >= 500 and answer.status_code != 501:
        raise ServerUnavailable(f"{address.url} answered {answer.status_code}: {_read_error(answer)}")
    if not answer.is_success:
        raise InvalidRequest(_read_error(answer))
    try:
        return answer.json()
    except ValueError:
        raise ServerUnavailable(f"{address.url} is not a Composio server: its answer is not JSON.") from None


def _read_error(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        return str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
