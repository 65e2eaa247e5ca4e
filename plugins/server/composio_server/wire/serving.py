"""Serve MCP over HTTP for any source of tools, after authenticating the caller."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.types import Receive, Send

from composio_server.access import get_services
from composio_server.services.mcp_endpoint import McpEndpoint
from composio_server.wire.v3.wire import NotOffered

__all__ = ["HOW_TO_SERVE", "OUTPUT_SCHEMAS", "is_true", "serve"]

HOW_TO_SERVE = "This server does not serve MCP. Its operator can run `pip install opencomposio-mcp` and restart it."


OUTPUT_SCHEMAS = "include_output_schemas"
"""The parameter of a URL whose lists of tools say what results are like."""
_TRUE = frozenset({"1", "true", "yes"})


def is_true(text: str | None) -> bool:
    """Whether a parameter of a URL says yes."""
    return (text or "").lower() in _TRUE


async def serve(
    connection: ASGIConnection[Any, Any, Any, Any],
    receive: Receive,
    send: Send,
    *,
    path: str,
    find: Callable[[], Awaitable[Any]],
) -> None:
    """Answer a request with the tools from ``find``.

    Its errors before the response starts are returned as on any route. On a stream it is called again for every message: a
    revoked key or a deleted server ends the stream too.
    """
    endpoint: McpEndpoint | None = connection.app.state.mcp
    if endpoint is None:
        raise NotOffered(HOW_TO_SERVE)
    found = None if endpoint.is_message(path) else await find()

    async def again() -> Any:
        nonlocal found
        ready, found = found, None
        return ready if ready is not None else await find()

    prefix = urlsplit(get_services(connection).settings.public_url).path
    await endpoint.serve(connection.scope, receive, send, path=prefix + path, owner=_owner(connection), find=again)


def _owner(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return a key shared by requests with the same credentials in their headers."""
    sent = (connection.headers.get("x-api-key", ""), connection.headers.get("authorization", ""))
    return hashlib.sha256("\0".join(sent).encode("utf-8", "surrogatepass")).hexdigest()
