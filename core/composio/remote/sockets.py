"""A server's events over a WebSocket: in order, acknowledged, and resumed after a lost connection.

The frames are those of ``/api/v3.1/triggers/listen``, documented in docs/triggers.md. The library ``websockets`` is imported
with the first listener.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from composio.errors import ComposioError, InvalidRequest, KeyRefused, ServerUnavailable
from composio.model.event_data import TriggerEventData
from composio.process.tls import tls_context

if TYPE_CHECKING:
    from composio.remote.wire import ServerWire

__all__ = ["TOO_OLD", "NoSocket", "SocketStream", "open_stream"]

_PATH: Final = "/triggers/listen"
# The server's close codes. See docs/triggers.md.
_UNKNOWN_KEY, _NOT_ALLOWED, _TOO_OLD = 4401, 4403, 4410
TOO_OLD: Final = (
    "Events behind this sequence are older than 24 hours and are not given again. Listen without after=, which begins now;"
    " `composio triggers logs` lists what came."
)
# Seconds: for the handshake, for the first frame, for one wait of `read`, between pings, and for closing.
_OPEN: Final = 10.0
_READY: Final = 15.0
_WAIT: Final = 4.0
_PING: Final = 20.0
_CLOSE: Final = 1.0
# An event contains the app's own data beside its payload.
_MOST_BYTES: Final = 32 * 1024 * 1024
# The library logs headers, and one of them is the key.
_SILENT: Final = logging.Logger("composio.websocket", logging.CRITICAL + 1)


class NoSocket(Exception):
    """No WebSocket is available; the reason as text, or None if no action is needed."""


class _Connection(Protocol):
    """The used part of the library."""

    @property
    def close_code(self) -> int | None: ...
    @property
    def close_reason(self) -> str | None: ...
    async def send(self, message: str, /) -> None: ...
    async def recv(self) -> str | bytes: ...
    async def close(self) -> None: ...


async def open_stream(wire: ServerWire, cursor: int | None) -> SocketStream:
    """Return the stream of events after ``cursor``, or of new ones.

    Raises NoSocket if the connection fails, ``KeyRefused``, and ``InvalidRequest`` for an expired cursor.
    """
    stream = SocketStream(wire)
    try:
        await stream.connect(cursor)
    except ServerUnavailable as error:
        await stream.aclose()
        raise NoSocket(str(error)) from None
    except BaseException:
        await stream.aclose()
        raise
    return stream


class SocketStream:
    """See :class:`composio.triggers.streams.EventStream`. For one loop."""

    def __init__(self, wire: ServerWire) -> None:
        self._wire = wire
        self.cursor = 0
        self._connection: _Connection | None = None
        self._pump: asyncio.Task[None] | None = None
        self._begin_anew(0)

    def _begin_anew(self, cursor: int) -> None:
        self._got: deque[TriggerEventData] = deque()
        self._came = asyncio.Event()
        self._last = self._acknowledged = cursor
        self._error: ComposioError | None = None

    async def connect(self, cursor: int | None) -> None:
        """Open a connection that starts after ``cursor``. Raises ServerUnavailable, KeyRefused and InvalidRequest."""
        await self.aclose()
        connection = self._connection = await _open(self._wire, cursor)
        try:
            async with asyncio.timeout(_READY):
                ready = await self._receive(connection)
        except TimeoutError:
            raise ServerUnavailable(f"{self._wire.url} opened a WebSocket and sends nothing.") from None
        start = ready.get("cursor")
        if ready.get("type") != "ready" or not isinstance(start, int):
            raise self._unreadable("no start")
        self.cursor = start
        self._begin_anew(start)
        self._pump = asyncio.create_task(self._take(connection))

    async def read(self, seen: int, *, limit: int = 100) -> Sequence[TriggerEventData]:
        """See :class:`composio.triggers.streams.EventStream`."""
        if self._pump is None:
            await self.connect(seen)
        elif seen > self._acknowledged and self._connection is not None:
            self._acknowledged = seen
            with suppress(_get_closed_errors()):  # which the pump detects too
                await self._connection.send(_as_frame({"type": "ack", "sequence": seen}))
        if not self._got and self._error is None:
            self._came.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_WAIT):
                    await self._came.wait()
        found = [self._got.popleft() for _ in range(min(limit, len(self._got)))]
        if not found and self._error is not None:
            error = self._error
            await self.aclose()  # the next read reconnects, after the last event seen
            raise error
        return found

    async def aclose(self) -> None:
        """Close the connection."""
        pump, self._pump = self._pump, None
        connection, self._connection = self._connection, None
        if pump is not None:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        if connection is not None:
            with suppress(Exception):  # it is abandoned anyway
                await connection.close()

    async def _take(self, connection: _Connection) -> None:
        """Receive until the connection ends. The server limits unacknowledged events."""
        try:
            while True:
                frame = await self._receive(connection)
                kind = frame.get("type")
                if kind == "ping":
                    await connection.send(_as_frame({"type": "pong"}))
                elif kind == "event":
                    self._keep(frame)
        except ComposioError as error:
            self._error = error
        except _get_closed_errors():  # while it answered
            self._error = self._explain_end(connection)
        finally:
            self._came.set()

    def _keep(self, frame: Mapping[str, Any]) -> None:
        sequence = frame.get("sequence")
        if not isinstance(sequence, int):
            raise self._unreadable("an event without a sequence")
        if sequence <= self._last:
            return
        try:
            event = TriggerEventData.of(frame["event"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._unreadable(repr(error)) from None
        self._last = sequence
        self._got.append(event)
        self._came.set()

    async def _receive(self, connection: _Connection) -> Mapping[str, Any]:
        try:
            text = await connection.recv()
        except _get_closed_errors():
            raise self._explain_end(connection) from None
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            raise self._unreadable("no JSON") from None
        if not isinstance(frame, dict):
            raise self._unreadable("no object")
        return frame

    def _unreadable(self, what: str) -> ServerUnavailable:
        return ServerUnavailable(f"{self._wire.url} sent events that can't be read here: {what}.")

    def _explain_end(self, connection: _Connection) -> ComposioError:
        code, reason = connection.close_code, (connection.close_reason or "")[:200]
        if code in {_UNKNOWN_KEY, _NOT_ALLOWED}:
            return KeyRefused(reason or f"{self._wire.url} refuses the API key.")
        if code == _TOO_OLD:
            return InvalidRequest(TOO_OLD)
        said = f": {reason}" if reason else ""
        return ServerUnavailable(f"{self._wire.url} ended the event connection (code {code}){said}.")


async def _open(wire: ServerWire, cursor: int | None) -> _Connection:
    found = wire.socket(_PATH)
    if found is None:
        raise NoSocket
    try:
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidHandshake, InvalidURI
    except ImportError:
        raise NoSocket("the library websockets is missing, which `pip install 'opencomposio-core[listen]'` brings") from None

    class _Straight(connect):
        """Do not follow redirects: the key is for this server."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    url, headers = found
    try:
        connection: _Connection = await _Straight(
            url if cursor is None else f"{url}?cursor={cursor}",
            additional_headers=headers,
            user_agent_header=None,
            compression=None,
            open_timeout=_OPEN,
            ping_interval=_PING,
            ping_timeout=_PING,
            close_timeout=_CLOSE,
            max_size=_MOST_BYTES,
            logger=_SILENT,
            ssl=tls_context() if url.startswith("wss:") else None,
        )
    except (InvalidHandshake, InvalidURI, OSError, TimeoutError, EOFError) as error:
        why = str(error).strip() or type(error).__name__
        raise ServerUnavailable(f"{wire.url} can't be reached for events: {why[:200]}.") from None
    finally:
        headers.clear()  # tracebacks print local variables
    return connection


def _get_closed_errors() -> type[Exception]:
    """Return the library's exceptions for a closed connection."""
    from websockets.exceptions import ConnectionClosed

    return ConnectionClosed


def _as_frame(frame: Mapping[str, Any]) -> str:
    return json.dumps(frame, separators=(",", ":"))
