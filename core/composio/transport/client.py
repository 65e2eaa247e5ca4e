"""httpx clients, one pool per event loop and one for blocking use."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import anyio.lowlevel
import httpx

from composio.tls import tls_context
from composio.transport.deadline import bound
from composio.transport.logs import install

__all__ = ["Clients"]

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30.0)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A loop's client, and the lease whose end closes it."""

    client: httpx.AsyncClient
    lease: AsyncGenerator[None, None]


async def _until_closed(client: httpx.AsyncClient) -> AsyncGenerator[None, None]:
    """Closes ``client`` when it is closed itself. A loop that ends closes its asynchronous generators, so none is left open."""
    try:
        yield
    finally:
        await client.aclose()


def _prepared(client: ClientT) -> ClientT:
    install()
    bound(client)
    # The jar would refuse every cookie anyway; not even looking saves what the rest of a call's bookkeeping costs.
    client.cookies.extract_cookies = _ignore  # type: ignore[method-assign,assignment]  # one object keeps nothing
    return client


def _ignore(_response: httpx.Response) -> None:
    """Keep no cookie."""


class Clients:
    """The backend's HTTP clients, made on first use. ``transport`` replaces the network, for tests and for special needs."""

    def __init__(self, transport: Any = None, timeout: httpx.Timeout | float = TIMEOUT) -> None:
        self._transport = transport
        self._timeout = timeout
        self._lock = threading.Lock()
        self._blocking: httpx.Client | None = None
        self._pid = os.getpid()
        self._parents: list[httpx.Client] = []
        self._tls: ssl.SSLContext | None = None
        # A connection pool belongs to the loop that opened it; this holds one per loop and goes when the loop goes.
        self._per_loop: anyio.lowlevel.RunVar[_Kept] = anyio.lowlevel.RunVar(f"composio-client-{id(self)}")

    @property
    def can_block(self) -> bool:
        """False where the replacement transport knows asynchronous requests only."""
        return self._transport is None or isinstance(self._transport, httpx.BaseTransport)

    def _options(self) -> dict[str, Any]:
        # One user's cookies are not another's: nothing that an upstream sets is kept.
        jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
        options: dict[str, Any] = {"timeout": self._timeout, "follow_redirects": False, "cookies": jar}
        if self._transport is not None:
            return {**options, "transport": self._transport}
        if self._tls is None:
            self._tls = tls_context()
        return {**options, "verify": self._tls, "limits": LIMITS}

    async def asynchronous(self) -> httpx.AsyncClient:
        """The running loop's client. It is closed when the loop ends, if nobody closed it before."""
        kept = self._per_loop.get(None)
        if kept is None or kept.client.is_closed:
            client = _prepared(httpx.AsyncClient(**self._options()))
            kept = _Kept(client, _until_closed(client))
            await anext(kept.lease)
            self._per_loop.set(kept)
        return kept.client

    def blocking(self) -> httpx.Client:
        """The process's client; a forked child opens connections of its own."""
        with self._lock:
            if self._blocking is not None and self._pid != os.getpid():
                # The parent still talks over these connections: the child neither uses nor closes them.
                self._parents.append(self._blocking)
                self._blocking = None
            if self._blocking is None:
                self._blocking, self._pid = _prepared(httpx.Client(**self._options())), os.getpid()
            return self._blocking

    async def aclose(self) -> None:
        """Close the running loop's client."""
        kept = self._per_loop.get(None)
        if kept is not None:
            await kept.lease.aclose()

    def close(self) -> None:
        """Close the blocking client."""
        with self._lock:
            if self._blocking is not None and self._pid == os.getpid():
                self._blocking.close()
            self._blocking = None
