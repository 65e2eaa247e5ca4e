"""Sessions with MCP servers, shared among the calls of one owner, limited in number, and closed when idle."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, Final, TypeVar

import anyio
from mcp import MCPError
from mcp.client import Client
from mcp_types import CallToolResult
from pydantic import ValidationError

from composio.model.dump import finite
from composio.model.peers import PeerAnswer, PeerCall, PeerHost, Started
from composio_mcp.upstream.reading import describe
from composio_mcp.upstream.results import answer_of
from composio_mcp.upstream.session import Failed, Session

__all__ = ["Service"]

log = logging.getLogger("composio.mcp")
T = TypeVar("T")

_MOST: Final = 64  # sessions over HTTP
_MOST_PROGRAMS: Final = 16
_IDLE: Final = 300.0  # seconds
_LOOK: Final = 15.0
_LEAVES: Final = 8.0
_TRIES: Final = 2


class Service:
    """See :class:`composio.model.peers.PeerService`."""

    def __init__(self, host: PeerHost, *, most: int = _MOST, most_programs: int = _MOST_PROGRAMS, idle: float = _IDLE) -> None:
        self._host, self._most, self._most_programs, self._idle = host, most, most_programs, idle
        self._sessions: dict[Hashable, tuple[Session, asyncio.Task[None]]] = {}
        self._sweeper: asyncio.Task[None] | None = None

    def call(self, call: PeerCall) -> Started[PeerAnswer]:
        """Call a tool."""
        return self._host.submit(lambda: self._call(call))

    def describe(self, call: PeerCall) -> Started[Mapping[str, Any]]:
        """Return what a server offers. Closes its session afterwards, so that the next call asks again."""

        async def read() -> Mapping[str, Any]:
            session = Session(call, self._host.open)
            task = asyncio.create_task(session.run())
            try:
                return await describe(session, call, self._host)
            finally:
                await _finish(session, task)

        return self._host.submit(read)

    async def aclose(self) -> None:
        """End all sessions."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        held, self._sessions = self._sessions, {}
        await asyncio.gather(*(_finish(session, task) for session, task in held.values()), return_exceptions=True)

    async def _call(self, call: PeerCall) -> PeerAnswer:
        hear = call.hear

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            if hear is not None:
                hear(progress, total, message)

        async def work(client: Client) -> CallToolResult:
            return await client.call_tool(call.operation, dict(call.arguments), progress_callback=tell if hear else None)

        try:
            result = await self._ask(call, work)
            why = None if result.is_error else call.check(finite(result.structured_content))
            return answer_of(result, call.save) if why is None else _refuse(call, why)
        except Failed as failed:
            why = f"{call.app}: the MCP server failed: {failed.text.rstrip('.')}."
            return PeerAnswer(error=why, status=failed.status, headers=failed.headers)
        except MCPError as error:
            return PeerAnswer(error=f"{call.app}: {error.error.message[:2000]}")
        except (ValidationError, RuntimeError) as error:
            return _refuse(call, str(error))  # data that violates the protocol

    async def _ask(self, call: PeerCall, work: Callable[[Client], Awaitable[T]]) -> T:
        """Run ``work`` over an open or a new session; retry once if an open one had ended."""
        for attempt in range(1, _TRIES + 1):
            session, is_shared = await self._find(call)
            session.in_use += 1
            try:
                return await session.ask(call, work)
            except Failed as failed:
                # A new session that fails would fail again. The server may have ended an old one long ago.
                if attempt == _TRIES or not is_shared or not (failed.is_new or (call.is_safe and not session.is_open)):
                    raise
            finally:
                session.in_use -= 1
                session.used_at = time.monotonic()
        raise AssertionError("unreachable")

    async def _find(self, call: PeerCall) -> tuple[Session, bool]:
        """Return the owner's session, and whether it existed already."""
        # A program keeps its start parameters; a request has its own each time.
        fixed = tuple(sorted(call.headers.items())) if call.server.command else ()
        key = (call.app, call.server, call.url, call.owner, fixed)
        held = self._sessions.get(key)
        if held is not None and held[0].is_open:
            return held[0], True
        await self._make_room(call)
        session = Session(call, self._host.open)
        task = asyncio.create_task(session.run())
        self._sessions[key] = session, task
        task.add_done_callback(lambda _: self._drop(key, session))
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())
        return session, False

    def _drop(self, key: Hashable, session: Session) -> None:
        held = self._sessions.get(key)
        if held is not None and held[0] is session:
            del self._sessions[key]

    async def _make_room(self, call: PeerCall) -> None:
        """End the least recently used session if the maximum is reached. Raises :class:`Failed`."""
        is_program = bool(call.server.command)
        alike = {key: held for key, held in self._sessions.items() if bool(held[0].is_program) == is_program}
        if len(alike) < (self._most_programs if is_program else self._most):
            return
        unused = sorted((held[0].used_at, key) for key, held in alike.items() if not held[0].in_use)
        if not unused:
            what = "programs run" if is_program else "sessions are in use"
            raise Failed(f"{len(alike)} {what} already; try again later", is_new=True)
        session, task = self._sessions.pop(unused[0][1])
        await _finish(session, task)

    async def _sweep(self) -> None:
        """Close idle sessions."""
        while True:
            await asyncio.sleep(min(_LOOK, self._idle))
            before = time.monotonic() - self._idle
            for key, (session, _) in list(self._sessions.items()):
                if not session.in_use and session.used_at < before:
                    del self._sessions[key]
                    session.end()


def _refuse(call: PeerCall, why: str) -> PeerAnswer:
    return PeerAnswer(error=f"{call.app}: the MCP server's answer is not valid: {' '.join(why.split())[:500]}")


async def _finish(session: Session, task: asyncio.Task[None]) -> None:
    session.end()
    with anyio.move_on_after(_LEAVES, shield=True) as scope:
        await asyncio.wait([task])
    if scope.cancelled_caught:
        task.cancel()
