"""Serve one offer to one user's clients: over stdio, or over HTTP on loopback."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp.server.stdio import stdio_server
from starlette.applications import Starlette
from starlette.routing import Route

from composio.errors import InvalidRequest
from composio.process.corked import CorkedTransport
from composio_mcp.endpoint import LOOPBACK, Endpoint
from composio_mcp.offered import Offered
from composio_mcp.server import make_server
from composio_mcp.watching import LOOK_SECONDS, Given, Watcher

__all__ = ["PATHS", "bind", "make_app", "make_protocol", "serve_http", "serve_stdio"]

PATHS = ("/mcp", "/sse")


def serve_stdio(offered: Offered, *, look_seconds: float = LOOK_SECONDS) -> None:
    """Serve the client on standard input and output until it closes them."""

    async def run() -> None:
        watcher, given = Watcher(seconds=look_seconds), Given()
        server = make_server(offered, watcher=watcher, given=given)

        async def find() -> Offered:
            return offered

        async with stdio_server() as (read, write):
            await watcher.run(server, read, write, find, given)

    anyio.run(run)


def bind(port: int) -> socket.socket:
    """Listen on a port of loopback. Raises ``InvalidRequest`` if that is not possible."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=2048)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise InvalidRequest(f"127.0.0.1:{port} can't be listened on: {why}. Choose another port with --port.") from None


def serve_http(offered: Offered, listener: socket.socket) -> None:
    """Serve programs on this machine on a port of loopback until interrupted."""
    import uvicorn

    config = uvicorn.Config(make_app(offered), http=make_protocol(), log_level="warning", ws="none", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def make_protocol() -> type[asyncio.Protocol]:
    """Uvicorn's HTTP, with a response's head and body in one packet: each packet wakes the client."""
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    made: Any = type("CorkedProtocol", (AutoHTTPProtocol,), {"connection_made": _cork})
    corked: type[asyncio.Protocol] = made
    return corked


def _cork(self: Any, transport: asyncio.Transport) -> None:
    super(type(self), self).connection_made(CorkedTransport(transport, self.loop))


def make_app(offered: Offered, endpoint: Endpoint | None = None) -> Starlette:
    """The application of :func:`serve_http`: only requests to loopback by name, without pages of other origins."""
    served = endpoint or Endpoint(
        hosts=[f"{host}:*" for host in LOOPBACK],
        origins=[f"{scheme}://{host}:*" for scheme in ("http", "https") for host in LOOPBACK],
    )

    @asynccontextmanager
    async def run(_: Starlette) -> AsyncIterator[None]:
        async with served.run():
            yield

    routes = [
        Route(f"{path}{more}", _Handler(served, offered, f"{path}{more}")) for path in PATHS for more in ("", "/messages")
    ]
    return Starlette(routes=routes, lifespan=run)


class _Handler:
    """Wrap the application: Starlette takes an object for an ASGI application, and a function for an endpoint."""

    def __init__(self, endpoint: Endpoint, offered: Offered, path: str) -> None:
        self._endpoint, self._offered, self._path = endpoint, offered, path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._endpoint.serve(scope, receive, send, path=self._path, owner="", find=self._find)

    async def _find(self) -> Offered:
        return self._offered
