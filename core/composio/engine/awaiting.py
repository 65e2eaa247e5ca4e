"""The engine's I/O for asynchronous callers: it awaits on the running loop."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar, cast

import anyio
import anyio.to_thread
import httpx

from composio.engine.blocking import IoHost
from composio.engine.fetch import fetch
from composio.engine.io import Io
from composio.engine.receive import Answer, Receiver
from composio.functions.running import await_value, run
from composio.transport.client import asend
from composio.transport.egress import get_namer

__all__ = ["AsyncIo"]

T = TypeVar("T")
_WRITTEN = 1024 * 1024  # bytes written to disk at once
_LOOK = 0.02  # seconds between two checks for a thread's result, on a loop other than asyncio's
_BIT = 4 * 1024  # bytes decompressed at once


async def _feed_buffer(receiver: Receiver, waiting: bytearray) -> bool:
    """Feed the buffered bytes on a thread and clear the buffer."""
    chunk = bytes(waiting)
    waiting.clear()
    return await anyio.to_thread.run_sync(receiver.feed, chunk)


async def _wait_for(started: Future[Any], loop: asyncio.AbstractEventLoop) -> None:
    """Wait for the future. asyncio's ``wrap_future`` cancels what it waits for and complains about a closed loop."""
    waiter: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    def tell(_: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it the waiting task
            loop.call_soon_threadsafe(wake)

    started.add_done_callback(tell)
    await waiter


async def _fed_by_bits(receiver: Receiver, chunk: bytes) -> bool:
    """Feed data that may grow a thousandfold when decompressed, and yield to other tasks in between."""
    for at in range(0, len(chunk), _BIT):
        before = receiver.size
        if not receiver.feed(chunk[at : at + _BIT]):
            return False
        if receiver.size - before > _WRITTEN:
            await anyio.lowlevel.checkpoint()
    return True


class AsyncIo:
    """I/O that awaits on the running loop."""

    def __init__(self, backend: IoHost) -> None:
        self._backend = backend
        self._tasks: set[asyncio.Task[None]] = set()  # a loop holds only weak references to its tasks

    async def open(self, request: httpx.Request) -> httpx.Response:
        client = await self._backend.clients.asynchronous(guarded=get_namer(request) is not None)
        return await asend(client, request)

    async def read(self, response: httpx.Response, receiver: Receiver) -> Answer:
        try:
            if response.is_stream_consumed:  # a caller's own transport that answers from memory
                receiver.feed(response.content, decoded=True)
                return receiver.finish()
            waiting = bytearray()  # buffer for the disk: a thread for each network chunk would cost more than the writing
            async for chunk in cast("httpx.AsyncByteStream", response.stream):  # `aiter_raw` would only re-chunk
                if not receiver.writes:
                    wanted = receiver.feed(chunk) if not receiver.swells else await _fed_by_bits(receiver, chunk)
                else:
                    waiting += chunk
                    wanted = len(waiting) < _WRITTEN or await _feed_buffer(receiver, waiting)
                if not wanted:
                    break
            if waiting:
                await _feed_buffer(receiver, waiting)
            return receiver.finish()
        except BaseException:
            receiver.abort()
            raise
        finally:
            await response.aclose()

    async def fetch(self, request: httpx.Request, seconds: float | None = None) -> httpx.Response:
        return await fetch(request, self, seconds)

    async def work(self, function: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(function)

    async def start(self, key: str, function: Callable[[Any], Coroutine[Any, Any, T]]) -> Future[T]:
        # A task ends with its loop and can be cancelled wherever it waits. A thread cannot.
        if self._backend.clients.can_block:
            return self._backend.start(key, function)
        return await self._start_here(key, function)

    async def _start_here(self, key: str, function: Callable[[Any], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run as a task: a caller's own transport belongs to the loop for which it was created."""
        background = self._backend.background
        future, is_new = background.adopt(key)
        if not is_new:
            return future

        async def run() -> None:
            try:
                result = await function(self)
            except BaseException as error:
                background.finish(key, functools.partial(future.set_exception, error))
                if not isinstance(error, Exception):
                    raise
            else:
                background.finish(key, functools.partial(future.set_result, result))

        try:
            task = asyncio.get_running_loop().create_task(run())
        except RuntimeError:  # another kind of loop, where tasks belong to a task group of the caller
            await run()
        else:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return future

    async def outcome(self, started: Future[T], seconds: float | None = None) -> T:
        if started.done():
            return started.result()
        with anyio.fail_after(seconds):
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                while not started.done():  # noqa: ASYNC110 - a thread ends it, and can't set an event here
                    await anyio.sleep(_LOOK)
            else:
                await _wait_for(started, loop)
        return started.result()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(function):
            return await function(**arguments)
        return await await_value(await anyio.to_thread.run_sync(run, function, arguments, abandon_on_cancel=True))

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        return self._backend.bridge(work, asynchronous=asynchronous)
