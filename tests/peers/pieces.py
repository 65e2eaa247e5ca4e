"""A body that comes a few bytes at a time, so that whatever is in it is cut somewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

__all__ = ["Pieces"]


class Pieces(httpx.AsyncByteStream):
    """``body``, three bytes at a time."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._body), 3):
            yield self._body[at : at + 3]
