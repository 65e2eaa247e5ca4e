"""The engine's I/O for synchronous callers: it blocks the calling thread."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from composio.functions.running import await_value, is_pending, run

# Callers that only list tools drive coroutines too, and need no HTTP client for that.
if TYPE_CHECKING:
    import httpx

    from composio.engine.io import Io
    from composio.engine.receive import Answer, Receiver
    from composio.process.background import Background
    from composio.transport.client import Clients

__all__ = ["BlockingIo", "IoHost", "drive"]

T = TypeVar("T")


class IoHost(Protocol):
    """What I/O needs of its backend."""

    @property
    def clients(self) -> Clients: ...
    @property
    def background(self) -> Background: ...
    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T: ...
    def start(self, key: str, function: Callable[[Io], Coroutine[Any, Any, T]]) -> Future[T]: ...
    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T: ...


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends to its end."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    coroutine.close()
    raise RuntimeError("a blocking call was asked to wait for an event loop")


class BlockingIo:
    """I/O that blocks the calling thread; its coroutines never suspend."""

    def __init__(self, backend: IoHost) -> None:
        self._backend = backend

    async def open(self, request: httpx.Request) -> httpx.Response:
        from composio.transport.client import send
        from composio.transport.egress import get_namer

        return send(self._backend.clients.blocking(guarded=get_namer(request) is not None), request)

    async def read(self, response: httpx.Response, receiver: Receiver) -> Answer:
        try:
            if response.is_stream_consumed:
                receiver.feed(response.content, decoded=True)
                return receiver.finish()
            for chunk in cast("httpx.SyncByteStream", response.stream):  # `iter_raw` would only re-chunk
                if not receiver.feed(chunk):
                    break
            return receiver.finish()
        except BaseException:
            receiver.abort()
            raise
        finally:
            response.close()

    async def fetch(self, request: httpx.Request, seconds: float | None = None) -> httpx.Response:
        from composio.engine.fetch import fetch

        return await fetch(request, self, seconds)

    async def work(self, function: Callable[[], T]) -> T:
        return function()

    async def start(self, key: str, function: Callable[[Any], Coroutine[Any, Any, T]]) -> Future[T]:
        return self._backend.start(key, function)

    async def outcome(self, started: Future[T], seconds: float | None = None) -> T:
        return started.result(seconds)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251 - blocking is this class's whole point

    async def call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(function):
            return self._backend.run(functools.partial(function, **arguments))
        value = run(function, arguments)
        return self._backend.run(functools.partial(await_value, value)) if is_pending(value) else value

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        return self._backend.bridge(work, asynchronous=asynchronous)
