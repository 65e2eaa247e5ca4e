"""MCP over HTTP: every transport on one route, inside any ASGI application.

POST is Streamable HTTP, both for sessions with a handshake and for the later stateless protocol. A GET without a session is
HTTP+SSE, whose messages use the route's ``/messages``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from composio_mcp.clients import write_snippets
from composio_mcp.offered import Offered
from composio_mcp.server import BEAT_SECONDS, OFFERED, make_server
from composio_mcp.sessions import Sessions
from composio_mcp.watching import LOOK_SECONDS, Given, Watcher

__all__ = ["LOOPBACK", "Endpoint"]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""Hosts that are this machine."""
_MESSAGES = "/messages"
_MOST_BYTES = 4 * 1024 * 1024


class Endpoint:
    """Serves MCP while :meth:`run` is open.

    ``hosts`` are the allowed ``Host`` headers, ``host:*`` for any port; ``origins`` the allowed ``Origin`` headers, besides
    none: a page of another origin is refused. ``stateless`` stores nothing between two requests, for several processes behind
    one address; a call of an older protocol version can then be cancelled only by closing its request.
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        origins: Sequence[str] = (),
        stateless: bool = False,
        max_bytes: int = _MOST_BYTES,
        beat_seconds: float = BEAT_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        security = TransportSecuritySettings(allowed_hosts=list(hosts), allowed_origins=list(origins))
        self._beat_seconds, self._stateless = beat_seconds, stateless
        self._watcher = Watcher(seconds=look_seconds)
        server = make_server(_load_offered, watcher=self._watcher, beat_seconds=beat_seconds)
        self._manager = StreamableHTTPSessionManager(
            server, stateless=stateless, security_settings=security, max_request_body_size=max_bytes
        )
        self._sessions = Sessions(server, self._watcher, security, max_bytes)
        self._sse = SseServerTransport(_MESSAGES, security, max_bytes)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Keep clients' open streams; once in an endpoint's life."""
        async with self._manager.run(), self._sessions.run():
            yield

    def note_change(self) -> None:
        """Check now which clients have outdated lists of tools, and notify them. On the serving loop."""
        self._watcher.wake()

    @staticmethod
    def describe_clients(name: str, url: str) -> Sequence[tuple[str, str]]:
        """Return the client configurations for a server at ``url``, each with a label."""
        return write_snippets(name, url)

    @staticmethod
    def is_message(path: str) -> bool:
        """Return whether a request is for an open stream: it is authenticated by whoever opened that."""
        return path.endswith(_MESSAGES)

    async def serve(
        self, scope: Any, receive: Any, send: Any, *, path: str, owner: str, find: Callable[[], Awaitable[Offered]]
    ) -> None:
        """Answer one request.

        ``path`` is the request's, as clients see it. ``owner`` identifies the credentials in this request's
        headers: a session belongs to whoever opened it, with the same path and query. ``find`` returns what is offered; it is
        called for each request, on a stream for each message.
        """
        query = scope["query_string"].decode("latin-1")
        if self.is_message(path):
            await self._sse.handle_post_message(_as_user(scope, owner, path.removesuffix(_MESSAGES)), receive, send)
        elif scope["method"] == "GET" and _opens_stream(scope, query, stateless=self._stateless):
            await self._stream({**_as_user(scope, owner, path), "root_path": path}, receive, send, find)
        else:
            scope = {**_as_user(scope, owner, f"{path}?{query}"), OFFERED: find}
            version = _version_of(scope)
            # The manager answers requests without a session, and unknown versions.
            is_of_session = not self._stateless and (not version or version in HANDSHAKE_PROTOCOL_VERSIONS)
            await (self._sessions.handle if is_of_session else self._manager.handle_request)(scope, receive, send)

    async def _stream(self, scope: Any, receive: Any, send: Any, find: Callable[[], Awaitable[Offered]]) -> None:
        # Messages have no query: the request that opened the stream determines their user.
        given = Given()
        server = make_server(lambda _: find(), watcher=self._watcher, given=given, beat_seconds=self._beat_seconds)
        refused = False

        async def watch(message: Any) -> None:
            nonlocal refused
            refused = refused or (message["type"] == "http.response.start" and message["status"] >= 400)
            await send(message)

        try:
            async with self._sse.connect_sse(scope, receive, watch) as (read, write):
                await self._watcher.run(server, read, write, find, given)
        except ValueError:
            if not refused:
                raise


async def _load_offered(ctx: Any) -> Offered:
    find: Callable[[], Awaitable[Offered]] = ctx.request.scope[OFFERED]
    return await find()


def _as_user(scope: Any, owner: str, subject: str) -> Any:
    token = AccessToken(token="", client_id=owner, scopes=[], subject=subject)
    return {**scope, "user": AuthenticatedUser(token)}


def _opens_stream(scope: Any, query: str, *, stateless: bool) -> bool:
    """Return whether a GET opens HTTP+SSE, and not Streamable HTTP's stream of a session.

    Some clients send a protocol version on either. Only without sessions must that distinguish them.
    """
    version = _version_of(scope)
    if b"mcp-session-id" in dict(scope["headers"]) or (version and (stateless or version not in HANDSHAKE_PROTOCOL_VERSIONS)):
        return False
    return parse_qs(query).get("transport", ["sse"])[-1].lower() == "sse"


def _version_of(scope: Any) -> str:
    found: bytes = next((value for name, value in scope["headers"] if name == b"mcp-protocol-version"), b"")
    return found.decode("latin-1")
