"""Disconnect clients that send slowly, or keep a connection open without sending.

uvicorn waits forever for the first byte and for the rest of a request.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from composio.process.corked import CorkedTransport

__all__ = ["PatientProtocol"]

_SECONDS: Final = 20.0
_MOST_HEADERS: Final = 64 * 1024  # bytes of a request line with its headers


class PatientProtocol(HttpToolsProtocol):
    """A connection has 20 seconds for a request's full head, and for each further part of its body."""

    seconds: float = _SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _head = 0
    _reading_body = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(CorkedTransport(transport, self.loop))  # type: ignore[arg-type]  # it has all that one has
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None or self._reading_body:  # data after a response
            self._wait()
        if not self._reading_body:
            self._head += len(data)
        super().data_received(data)
        if not self._reading_body and self._head > _MOST_HEADERS:
            self._refuse()

    def on_headers_complete(self) -> None:
        self._reading_body, self._head = True, 0
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self.transport.flush()  # type: ignore[attr-defined]  # see connection_made
        super().on_response_complete()

    def on_message_complete(self) -> None:
        self._reading_body, self._head = False, 0
        self._stop_waiting()
        super().on_message_complete()

    def _wait(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(self.seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            self.transport.close()
