"""A deadline for a whole exchange, enforced at each read of the network.

httpx's timeouts are per read: a peer that sends one byte a minute never exceeds them, also in the response's headers, where no
code of ours runs between two reads. So the deadline is enforced where the reads are: around httpcore's network backend.
"""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from composio.transport.guard import AsyncPinning, Pinning
from composio.transport.pooling import hasten

__all__ = ["bind", "deadline", "get_left", "is_inside", "within"]

_NEVER = float("inf")
_DEADLINE: ContextVar[float | None] = ContextVar("composio_deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Limit all reads and writes inside to ``seconds``, or to the enclosing deadline if that is sooner.

    Log records of these exchanges name the server only, see :mod:`composio.transport.logs`.
    """
    around, end = _DEADLINE.get(), time.monotonic() + seconds
    token = _DEADLINE.set(end if around is None else min(around, end))
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def get_left() -> float:
    """Return the seconds until the deadline, infinite if there is none."""
    end = _DEADLINE.get()
    return _NEVER if end is None else max(0.0, end - time.monotonic())


def is_inside() -> bool:
    """Return whether this is a request of ours, which has a deadline, even an infinite one; users may make other requests."""
    return _DEADLINE.get() is not None


def within(timeout: float | None) -> float | None:
    """Return ``timeout`` in seconds, limited to the time until the deadline.

    Raises ``httpcore.ReadTimeout`` if none is left.
    """
    end = _DEADLINE.get()
    if end is None or end == _NEVER:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline of the whole exchange has passed")
    return left if timeout is None else min(timeout, left)


def bind(client: httpx.Client | httpx.AsyncClient) -> None:
    """Make the client's own transports, including those of proxies, keep the deadline and the egress guard's rules.

    httpx has no option for the network backend of the pools that it creates, and creating them here would lose its support of
    the proxy variables. A client without such pools is left unchanged.
    """
    transports = [getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()]
    pools: list[Any] = [pool for transport in transports if (pool := getattr(transport, "_pool", None)) is not None]
    for pool in pools:
        backend = getattr(pool, "_network_backend", None)
        if isinstance(backend, _Backend | _AsyncBackend):
            continue  # a caller's own transport serves one client per loop
        hasten(pool)
        if isinstance(backend, httpcore.AsyncNetworkBackend):
            pool._network_backend = _AsyncBackend(backend)  # noqa: SLF001 - see above
        elif isinstance(backend, httpcore.NetworkBackend):
            pool._network_backend = _Backend(backend)  # noqa: SLF001 - see above


class _Backend(Pinning):
    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *rest: Any, **more: Any
    ) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(host, port, within(timeout), *rest, **more))

    def connect_unix_socket(self, path: str, timeout: float | None = None, *rest: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(super().connect_unix_socket(path, within(timeout), *rest, **more))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:  # httpcore writes the end of each request too, which is empty
            self._inner.write(buffer, within(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, within(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _AsyncBackend(AsyncPinning):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore names it
        *rest: Any,
        **more: Any,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await super().connect_tcp(host, port, within(timeout), *rest, **more))

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore names it
        *rest: Any,
        **more: Any,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await super().connect_unix_socket(path, within(timeout), *rest, **more))


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._socket: Any = inner.get_extra_info("socket")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore names it
        return await self._inner.read(max_bytes, within(timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore names it
        if buffer:
            await self._inner.write(buffer, within(timeout))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore names it
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._inner.start_tls(ssl_context, server_hostname, within(timeout)))

    def get_extra_info(self, info: str) -> Any:
        # A pool checks this for each idle connection on each request; anyio's own way to the socket takes much longer.
        if info == "is_readable" and self._socket is not None:
            return _is_readable(self._socket)
        return self._inner.get_extra_info(info)


def _is_readable(socket: Any) -> bool:
    """Return whether data has arrived or the connection has ended."""
    number = socket.fileno()
    if number < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))
