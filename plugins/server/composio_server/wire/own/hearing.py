"""Calls whose client gets their progress: see :mod:`composio.remote.heard`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from litestar import Request, Response
from litestar.response import Stream

from composio.model.progress import HEARS
from composio.remote.heard import HEARD, write_head, write_progress
from composio.visible import visible
from composio_server.wire.own.bodies import HEADERS, answer_error

__all__ = ["hears", "tell"]

_GAP_SECONDS = 0.1
_LONGEST = 500
_LEAVING: set[asyncio.Task[None]] = set()  # which the loop alone would forget
Asked = Request[Any, Any, Any]


def hears(request: Asked) -> bool:
    """Return whether the client requests progress."""
    return HEARD in request.headers.get("accept", "")


def tell(request: Asked, run: Callable[[], Awaitable[Response[Any]]]) -> Stream:
    """Return the response of ``run``, preceded by its progress. A client that disconnects ends no call, as on any route."""
    latest = _Latest()

    async def work() -> Response[Any]:
        HEARS.set(latest)
        try:
            return await run()
        except Exception as error:
            return answer_error(request, error)

    running = asyncio.create_task(work())
    return Stream(_lines(running, latest), media_type=HEARD, headers=HEADERS)


async def _lines(running: asyncio.Task[Response[Any]], latest: _Latest) -> AsyncIterator[bytes]:
    running.add_done_callback(lambda _: latest.woken.set())
    is_answered = False
    try:
        while not running.done():
            await latest.woken.wait()
            latest.woken.clear()
            if (said := latest.take()) is not None:
                yield write_progress(*said)
                await asyncio.sleep(_GAP_SECONDS)
        if (said := latest.take()) is not None:
            yield write_progress(*said)
        response = running.result()
        headers = {**response.headers, "content-type": str(response.media_type or "application/json")}
        yield write_head(response.status_code or 200, headers)
        is_answered = True
        if isinstance(response, Stream):
            body: Any = response.iterator
            async with aclosing(body):
                async for chunk in body:
                    yield chunk
        else:
            yield response.content
    finally:
        if not is_answered:
            leaving = asyncio.create_task(_discard(running))
            _LEAVING.add(leaving)
            leaving.add_done_callback(_LEAVING.discard)


async def _discard(running: asyncio.Task[Response[Any]]) -> None:
    """Take an answer that nobody waits for any more: the files that it brings are removed with its body."""
    response = await running
    if isinstance(response, Stream):
        body: Any = response.iterator
        async with aclosing(body):
            await anext(body, b"")  # a body that was not begun can't be ended


class _Latest:
    """The latest progress, on any thread; if it comes faster than it is sent, the latest counts."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._said: tuple[float, float | None, str | None] | None = None
        self.woken = asyncio.Event()

    def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self._loop.call_soon_threadsafe(self._note, progress, total, visible(message)[:_LONGEST] if message else None)

    def _note(self, progress: float, total: float | None, message: str | None) -> None:
        self._said = progress, total, message
        self.woken.set()

    def take(self) -> tuple[float, float | None, str | None] | None:
        said, self._said = self._said, None
        return said
