"""The two ways in which the engine reaches the world: awaiting, on whichever loop runs, and blocking, on the calling thread."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx

from composio.engine.fetch import fetch
from composio.engine.io import Io, drive
from composio.engine.receive import Answer, Receiver
from composio.functions.running import awaited, is_pending, run
from composio.transport.egress import named_by

if TYPE_CHECKING:
    from composio.embedded import EmbeddedBackend

__all__ = ["AsyncIo", "BlockingIo"]

T = TypeVar("T")
_WRITTEN = 1024 * 1024  # bytes that go to a disk at once
_WHOLE = 40  # threads of each loop for what must come to its end; others that work have threads of their own


async def _fed(receiver: Receiver, waiting: bytearray) -> bool:
    """Feed what waits from a thread, and begin anew."""
    chunk = bytes(waiting)
    waiting.clear()
    return await anyio.to_thread.run_sync(receiver.feed, chunk)


class AsyncIo:
    """Awaits, on whichever loop is running."""

    def __init__(self, backend: EmbeddedBackend) -> None:
        self._backend = backend
        self._whole: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar(f"composio-whole-{id(self)}")

    async def open(self, request: httpx.Request) -> httpx.Response:
        client = await self._backend.clients.asynchronous(guarded=named_by(request) is not None)
        return await client.send(request, stream=True)

    async def read(self, response: httpx.Response, receiver: Receiver) -> Answer:
        try:
            if response.is_stream_consumed:  # a transport of the caller's that answers from memory
                receiver.feed(response.content, decoded=True)
                return receiver.finish()
            waiting = bytearray()  # for the disk: a thread for each chunk of the network would cost more than the writing
            async for chunk in response.aiter_raw():
                if not receiver.writes:
                    wanted = receiver.feed(chunk)
                else:
                    waiting += chunk
                    wanted = len(waiting) < _WRITTEN or await _fed(receiver, waiting)
                if not wanted:
                    break
            if waiting:
                await _fed(receiver, waiting)
            return receiver.finish()
        except BaseException:
            receiver.abort()
            raise
        finally:
            await response.aclose()

    async def fetch(self, request: httpx.Request) -> httpx.Response:
        return await fetch(request, self)

    async def work(self, function: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(function)

    async def whole(self, function: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        if not self._backend.clients.can_block:  # a transport of the caller's own belongs to the loop that it was made for
            return await function(self)
        limiter = self._whole.get(None)
        if limiter is None:
            self._whole.set(limiter := anyio.CapacityLimiter(_WHOLE))
        # A task can be cancelled wherever it waits, and shields help against anyio's own ways only. A thread can't.
        return await anyio.to_thread.run_sync(
            lambda: drive(function(BlockingIo(self._backend))), abandon_on_cancel=True, limiter=limiter
        )

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(function):
            return await function(**arguments)
        return await awaited(await anyio.to_thread.run_sync(run, function, arguments, abandon_on_cancel=True))

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        return self._backend.bridge(work, asynchronous=asynchronous)


class BlockingIo:
    """Blocks, on the calling thread: its coroutines never suspend."""

    def __init__(self, backend: EmbeddedBackend) -> None:
        self._backend = backend

    async def open(self, request: httpx.Request) -> httpx.Response:
        return self._backend.clients.blocking(guarded=named_by(request) is not None).send(request, stream=True)

    async def read(self, response: httpx.Response, receiver: Receiver) -> Answer:
        try:
            if response.is_stream_consumed:
                receiver.feed(response.content, decoded=True)
                return receiver.finish()
            for chunk in response.iter_raw():
                if not receiver.feed(chunk):
                    break
            return receiver.finish()
        except BaseException:
            receiver.abort()
            raise
        finally:
            response.close()

    async def fetch(self, request: httpx.Request) -> httpx.Response:
        return await fetch(request, self)

    async def work(self, function: Callable[[], T]) -> T:
        return function()

    async def whole(self, function: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        return await function(self)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251 - blocking is this class's whole point

    async def call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(function):
            return self._backend.run(functools.partial(function, **arguments))
        value = run(function, arguments)
        return self._backend.run(functools.partial(awaited, value)) if is_pending(value) else value

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        return self._backend.bridge(work, asynchronous=asynchronous)
