"""Combine writes into one packet: uvicorn writes a response's head and body separately, and each would wake the client."""

from __future__ import annotations

import asyncio
from typing import Any, Final

__all__ = ["CorkedTransport"]

_LARGEST: Final = 64 * 1024  # bytes that are worth copying for one packet less


class CorkedTransport:
    """An asyncio transport that delays a write until the next one, the loop's next turn, or the close."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held = b""
        # The most frequent methods of a transport, without a wrapper.
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send ``data``, in order with all other writes."""
        if self._held:
            held, self._held = self._held, b""
            if len(data) <= _LARGEST:
                self._transport.write(held + data)
                return
            self._transport.write(held)
        elif len(data) <= _LARGEST:
            self._held = data
            self._loop.call_soon(self.flush)
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Flush the delayed data."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)

    def close(self) -> None:
        """Flush the delayed data, then close."""
        self.flush()
        self._transport.close()
