"""One session with an MCP server, held by its own task, as the protocol's client requires, for calls from any task."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Literal, TypeVar

import anyio
import httpx2
from mcp import MCPError
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CONNECTION_CLOSED, CallToolResult, Implementation

from composio import __version__
from composio.model.peers import PeerCall
from composio_mcp.upstream.bridge import Bridge, Problem, Send
from composio_mcp.upstream.process import Program, environment, run_program

__all__ = ["START_SECONDS", "Failed", "Session"]

log = logging.getLogger("composio.mcp")
T = TypeVar("T")
START_SECONDS: Final = 60.0
"""Seconds for a server to start a session; programs that are downloaded first take longer."""
_SSE: Final = "sse"
# A server's statuses at an address without Streamable HTTP.
_UNKNOWN: Final = frozenset({400, 404, 405, 406, 415})
_GONE: Final = 404


class Failed(Exception):
    """A request without an answer. ``text`` says why; ``status`` and ``headers`` are those of a refusal over HTTP.

    ``is_new`` says that nothing was sent: another session may retry.
    """

    def __init__(self, text: str, problem: Problem | None = None, *, is_new: bool = False) -> None:
        super().__init__(text)
        self.text, self.is_new = text, is_new
        self.status = problem.status if problem is not None else None
        self.headers = problem.headers if problem is not None else {}


class Session:
    """Started by :meth:`run` in its own task; used by :meth:`ask` until that task ends.

    ``call`` has the server's location. ``send`` and ``mark`` are the backend's.
    """

    def __init__(self, call: PeerCall, send: Send) -> None:
        self._call, self._send = call, send
        self._client: Client | None = None
        self._bridge: Bridge | None = None
        self._program = Program()
        self._ready = anyio.Event()
        self._leaves = anyio.Event()
        self._why: Failed | None = None
        self._task: asyncio.Task[Any] | None = None
        self.in_use = 0
        self.used_at = time.monotonic()
        self.is_open = True
        self.is_program = bool(call.server.command)
        self.transport = call.server.transport

    # The task

    async def run(self) -> None:
        """Hold the session until :meth:`end`, or until the server ends it."""
        self._task = asyncio.current_task()
        try:
            async with AsyncExitStack() as stack:
                self._client = await self._begin(stack)
                self._ready.set()
                await self._leaves.wait()
        except BaseException as error:
            self._why = self._why or self._explain(error, is_new=not self._ready.is_set())
            if not isinstance(error, Exception):
                raise
            log.debug("an MCP session with %s ended", self._call.app, exc_info=True)
        finally:
            self.is_open = False
            self._ready.set()

    async def _begin(self, stack: AsyncExitStack) -> Client:
        server = self._call.server
        if server.command:
            variables = environment(self._call.headers)
            return await self._enter(stack, run_program(server.command, variables, self._program, self._call.limit))
        self._bridge = Bridge(self._send, self._call.mark, self._call.url, self._call.headers, self._call.limit)
        if server.transport == _SSE:
            return await self._enter(stack, self._sse(), "legacy")
        tried = AsyncExitStack()
        try:
            client = await self._enter(tried, self._streamable())
        except BaseException as error:
            await tried.aclose()
            status = self._bridge.problem.status if self._bridge.problem is not None else None
            if server.transport or status not in _UNKNOWN or not isinstance(error, Exception):
                raise
            # An address of HTTP+SSE, the transport of 2024-11-05, does not support the POST that starts a session.
            self._bridge.problem = None
            client = await self._enter(stack, self._sse(), "legacy")
            self.transport = _SSE
            return client
        await stack.enter_async_context(tried)
        return client

    async def _enter(self, stack: AsyncExitStack, transport: Any, mode: Literal["legacy", "auto"] = "auto") -> Client:
        client = Client(
            transport,
            mode=mode,
            read_timeout_seconds=self._call.seconds,
            cache=None,
            client_info=Implementation(name="composio", version=__version__),
        )
        entered = await stack.enter_async_context(client)
        # The schema is the server's, and mcp validates with Python's patterns: one of those can block the process forever.
        entered.session.validate_tool_result = _leave_to_call  # type: ignore[method-assign]  # mcp has no switch for it
        return entered

    @asynccontextmanager
    async def _streamable(self) -> AsyncIterator[Any]:
        async with (
            self._http() as client,
            streamable_http_client(self._call.url, http_client=client, max_sse_event_size=self._call.limit) as streams,
        ):
            yield streams

    @asynccontextmanager
    async def _sse(self) -> AsyncIterator[Any]:
        def make(headers: Any = None, timeout: Any = None, auth: Any = None) -> httpx2.AsyncClient:
            del headers, auth
            return self._http(timeout)

        async with sse_client(self._call.url, sse_read_timeout=self._call.seconds, httpx_client_factory=make) as streams:
            yield streams

    def _http(self, timeout: Any = None) -> httpx2.AsyncClient:
        assert self._bridge is not None
        usual = httpx2.Timeout(30.0, read=self._call.seconds)
        return httpx2.AsyncClient(transport=self._bridge, timeout=timeout or usual, follow_redirects=False, trust_env=False)

    # Users of the session

    async def ready(self) -> None:
        """Wait until it has started. Raises :class:`Failed`."""
        seconds = min(self._call.seconds, START_SECONDS)
        with anyio.move_on_after(seconds) as scope:
            await self._ready.wait()
        if scope.cancelled_caught and not self._ready.is_set():
            self._why = self._why or Failed(f"it did not begin a session within {seconds:.0f} s", is_new=True)
            if self._task is not None:
                self._task.cancel()
        if self._why is not None:
            raise self._why

    async def ask(self, call: PeerCall, work: Callable[[Client], Awaitable[T]]) -> T:
        """Return the server's answer to ``work``, signed like ``call``.

        Raises :class:`Failed`, and the server's ``MCPError``.
        """
        await self.ready()
        if not self.is_open or self._client is None:
            raise self._why or Failed("its session has ended", is_new=True)
        if self._bridge is not None:
            self._bridge.headers, self._bridge.problem = call.headers, None
        try:
            with anyio.fail_after(call.seconds):
                return await work(self._client)
        except MCPError as error:
            if self._has_failed() or _is_closed(error):
                raise self._explain(error) from None
            raise
        except TimeoutError:
            raise Failed(
                f"it did not answer within {call.seconds:.0f} s; what was asked may have been done all the same"
            ) from None
        except (httpx2.HTTPError, anyio.ClosedResourceError, anyio.BrokenResourceError) as error:
            raise self._explain(error) from None

    def end(self) -> None:
        """Let the task end the session."""
        self.is_open = False
        self._leaves.set()

    def _has_failed(self) -> bool:
        """Return whether the client's error hides one from below the protocol."""
        return (self._bridge is not None and self._bridge.problem is not None) or self._program.too_much or not self.is_open

    def _explain(self, error: BaseException, *, is_new: bool = False) -> Failed:
        problem = self._bridge.problem if self._bridge is not None else None
        if problem is not None and problem.status is not None:
            gone = problem.status == _GONE and self._ready.is_set()
            if gone:
                self.end()  # by the specification the session is over: MCP 2025-11-25, "Session Management"
            return Failed(f"it answered with the HTTP status {problem.status}", problem, is_new=is_new or gone)
        if problem is not None:
            self.end()
            return Failed(problem.text, problem, is_new=is_new)
        self.end()
        if self._program.too_much:
            return Failed(f"its answer has more than {self._call.limit // 2**20} MB")
        if self._call.server.command:
            said = f" It said: {self._program.said[-1]}" if self._program.said else ""
            if isinstance(error, OSError):
                return Failed(
                    f"{self._call.server.command[0]} can't be started: {error.strerror or type(error).__name__}.", is_new=True
                )
            return Failed(f"its program ended, or closed its output.{said}", is_new=is_new)
        return Failed(_words(error), is_new=is_new)


async def _leave_to_call(name: str, result: CallToolResult) -> None:
    """Check nothing: :attr:`composio.model.peers.PeerCall.check` does."""


def _is_closed(error: MCPError) -> bool:
    """Return whether this is mcp's own error for a closed connection. Many servers use the same code for other failures."""
    return error.error.code == CONNECTION_CLOSED and error.error.message == "Connection closed"


def _words(error: BaseException) -> str:
    """Return the cause of an error, or of a group of them."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    if isinstance(error, MCPError) and _is_closed(error):
        return "it ended the connection, or sent too much at once"
    if isinstance(error, MCPError):
        return f"it said: {error.error.message[:300]}"
    text = " ".join(str(error).split())[:300]
    return text or type(error).__name__
