"""A response as middleware sees it."""

from __future__ import annotations

from litestar.types import Message, Send

__all__ = ["StatusWatch"]


class StatusWatch:
    """Forward an application's response, and record its status: 500 until it responds."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
