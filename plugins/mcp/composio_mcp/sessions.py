"""Sessions of older protocol versions over Streamable HTTP, which are cheap while idle.

mcp's transport holds four tasks and their streams for each session, but none of our session's state: its client, the agreed
protocol, and the list that it was given. An idle session is reduced to that, and the next request restores it.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup, TaskStatus
from mcp.server.auth.middleware.bearer_auth import authorization_context
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import ServerRunner, aclose_shielded
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.transport_security import RequestBodyLimitMiddleware, TransportSecuritySettings
from mcp.shared.dispatcher import DispatchContext
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp.shared.transport_context import TransportContext
from mcp_types import INTERNAL_ERROR, INVALID_REQUEST, InitializeRequestParams
from starlette.responses import JSONResponse

from composio_mcp.server import GIVEN, OFFERED
from composio_mcp.watching import TELLS, Given, Watcher

__all__ = ["Sessions"]

log = logging.getLogger("composio.mcp")

_MOST = 10_000
_SET_ASIDE_SECONDS = 2.0
_IDLE_SECONDS = 1800.0
_SESSION_ID, _LAST_EVENT = b"mcp-session-id", b"last-event-id"


class _Live:
    """A session in use or used recently: the number of open requests, and of running calls."""

    __slots__ = ("calls", "connection", "requests", "transport")

    def __init__(self, transport: StreamableHTTPServerTransport, connection: Connection) -> None:
        self.transport, self.connection = transport, connection
        self.requests = self.calls = 0


class _Session:
    """``client`` is its description of itself, as JSON; None until the handshake."""

    __slots__ = ("client", "given", "id", "is_ready", "live", "owner", "used_at", "version")

    def __init__(self, owner: Mapping[str, Any], now: float) -> None:
        self.id, self.owner, self.used_at = uuid4().hex, tuple(owner.values()), now
        self.client: bytes | None = None
        self.version = ""
        self.is_ready = False
        self.given = Given()
        self.live: _Live | None = None


class Sessions:
    """Serves requests that start a session or belong to one, while :meth:`run` is open."""

    def __init__(
        self,
        server: Server[Any],
        watcher: Watcher,
        security: TransportSecuritySettings,
        max_bytes: int,
        *,
        set_aside_seconds: float = _SET_ASIDE_SECONDS,
    ) -> None:
        self._server, self._watcher, self._security = server, watcher, security
        self._options = server.create_initialization_options(TELLS)
        self._set_aside_seconds = set_aside_seconds
        self._sessions: OrderedDict[str, _Session] = OrderedDict()  # the least recently used first
        self._waking = anyio.Lock()
        self._group: TaskGroup | None = None
        self.handle = RequestBodyLimitMiddleware(self._handle, max_bytes)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Keep the sessions; all end with this."""
        async with anyio.create_task_group() as group:
            self._group = group
            group.start_soon(self._sweep)
            try:
                yield
            finally:
                group.cancel_scope.cancel()
                self._group = None
                self._sessions.clear()

    async def _handle(self, scope: Any, receive: Any, send: Any) -> None:
        owner = authorization_context(scope["user"])
        named = next((value.decode("latin-1") for name, value in scope["headers"] if name == _SESSION_ID), None)
        if named is None:
            await self._begin(owner, scope, receive, send)
            return
        session = self._sessions.get(named)
        # Another owner's session looks like an unknown one.
        if session is None or session.owner != tuple(owner.values()):
            await _refuse("Session not found", 404, INVALID_REQUEST)(scope, receive, send)
            return
        await self._serve(session, scope, receive, send)

    async def _begin(self, owner: Any, scope: Any, receive: Any, send: Any) -> None:
        """Answer a possible handshake; a failed session is dropped."""
        if len(self._sessions) >= _MOST:
            log.warning("no more sessions are begun: %d are open", len(self._sessions))
            await _refuse("Too many open sessions", 503, INTERNAL_ERROR)(scope, receive, send)
            return
        session = _Session(owner, time.monotonic())
        self._sessions[session.id] = session
        status = 500

        async def watch(message: Any) -> None:
            nonlocal status
            status = message["status"] if message["type"] == "http.response.start" else status
            await send(message)

        try:
            await self._serve(session, scope, receive, watch)
        finally:
            if status >= 400 or session.live is None or session.live.connection.client_params is None:
                await self._end(session)

    async def _serve(self, session: _Session, scope: Any, receive: Any, send: Any) -> None:
        live = session.live or await self._wake(session)
        live.requests += 1
        self._touch(session)
        served = {**scope, GIVEN: session.given}
        try:
            if scope["method"] != "GET":
                await live.transport.handle_request(served, receive, send)
            else:
                async with anyio.create_task_group() as group:
                    tell = live.connection.send_tool_list_changed
                    group.start_soon(self._watcher.watch, scope[OFFERED], session.given, tell)
                    # Nothing is stored for replay, and mcp answers such a request with nothing at all.
                    served["headers"] = [(name, value) for name, value in scope["headers"] if name != _LAST_EVENT]
                    await live.transport.handle_request(served, receive, send)
                    group.cancel_scope.cancel()
        finally:
            live.requests -= 1
            self._touch(session)
            if live.transport.is_terminated:  # its client ended it
                await self._end(session)

    def _touch(self, session: _Session) -> None:
        session.used_at = time.monotonic()
        if session.id in self._sessions:
            self._sessions.move_to_end(session.id)

    # Conversion between a session and mcp's own

    async def _wake(self, session: _Session) -> _Live:
        async with self._waking:
            if session.live is None:
                assert self._group is not None, "run() is not open"
                transport = StreamableHTTPServerTransport(session.id, security_settings=self._security)
                await self._group.start(self._hold, session, transport)
            assert session.live is not None
            return session.live

    async def _hold(
        self,
        session: _Session,
        transport: StreamableHTTPServerTransport,
        *,
        task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Run a session's messages until its transport is terminated."""
        async with transport.connect() as (read, write):
            # A client that sends its handshake and the following messages at once must not be too early.
            dispatcher: Any = JSONRPCDispatcher(read, write, inline_methods=frozenset({"initialize"}))
            connection = Connection.for_loop(dispatcher, session_id=session.id)
            if session.client is not None:
                connection.client_params = InitializeRequestParams.model_validate_json(session.client)
                connection.protocol_version = session.version
            if session.is_ready:
                connection.initialized.set()
            runner = ServerRunner(self._server, connection, {}, init_options=self._options)
            live = session.live = _Live(transport, connection)

            async def on_request(
                ctx: DispatchContext[TransportContext], method: str, params: Mapping[str, Any] | None
            ) -> dict[str, Any]:
                live.calls += 1
                try:
                    return await runner.on_request(ctx, method, params)
                finally:
                    live.calls -= 1
                    self._touch(session)

            task_status.started()
            try:
                await dispatcher.run(on_request, runner.on_notify)
            except Exception:
                log.exception("an MCP session failed")
                self._sessions.pop(session.id, None)
            finally:
                if session.live is live:  # its messages ended by themselves
                    _keep(session, connection)
                await aclose_shielded(connection)

    async def _set_aside(self, session: _Session) -> None:
        live = session.live
        if live is None or live.requests or live.calls:
            return
        _keep(session, live.connection)
        await live.transport.terminate()

    async def _end(self, session: _Session) -> None:
        self._sessions.pop(session.id, None)
        live, session.live = session.live, None
        if live is not None and not live.transport.is_terminated:
            with anyio.CancelScope(shield=True):
                await live.transport.terminate()

    async def _sweep(self) -> None:
        """Reduce sessions not used recently, and end those unused for long."""
        while True:
            await anyio.sleep(self._set_aside_seconds / 2)
            now = time.monotonic()
            for session in list(self._sessions.values()):
                unused = now - session.used_at
                if unused < self._set_aside_seconds:
                    break
                is_used = session.live is not None and (session.live.requests or session.live.calls)
                if unused >= _IDLE_SECONDS and not is_used:
                    await self._end(session)
                else:
                    await self._set_aside(session)


def _keep(session: _Session, connection: Connection) -> None:
    """Store a connection's state, and that it is no longer in use."""
    known = connection.client_params
    session.client = known.model_dump_json(by_alias=True, exclude_unset=True).encode() if known is not None else None
    session.version, session.is_ready = connection.protocol_version, connection.initialized.is_set()
    session.live = None


def _refuse(message: str, status: int, code: int) -> JSONResponse:
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}, status)
