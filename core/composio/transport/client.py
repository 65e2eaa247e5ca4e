"""httpx clients: one pool per event loop and one for blocking use, each twice, as guarded requests share no connections."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import anyio.lowlevel
import httpx

from composio.process.forks import lock, renew
from composio.process.tls import tls_context
from composio.transport.deadline import bind
from composio.transport.egress import Egress
from composio.transport.guard import guard
from composio.transport.logs import install

__all__ = ["Clients", "asend", "send"]

log = logging.getLogger("httpx")

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30.0)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The client of an event loop, and the lease that closes it at its end."""

    client: httpx.AsyncClient
    lease: AsyncGenerator[None, None]


async def _until_closed(client: httpx.AsyncClient) -> AsyncGenerator[None, None]:
    """Close ``client`` when this generator is closed.

    A loop that ends closes its asynchronous generators, so no client stays open.
    """
    try:
        yield
    finally:
        await client.aclose()


def _read_seconds(timeout: httpx.Timeout | float | None) -> float:
    read = timeout.read if isinstance(timeout, httpx.Timeout) else timeout
    return float("inf") if read is None else float(read)


def _ignore(_response: httpx.Response) -> None:
    """Store no cookie."""


def _stay(request: httpx.Request, _response: httpx.Response) -> httpx.Request:
    """Create no request from a redirect."""
    return request


def send(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Send ``request`` and return the response unread.

    Works like ``client.send(request, stream=True)`` for a client created here, which has no hooks, cookies or credentials and
    follows no redirects: checking for them in each response costs as much CPU as an action itself.
    """
    if request.url.userinfo:  # which httpx uses for authentication
        return client.send(request, stream=True)
    response = _find_transport(client, request).handle_request(request)
    return _accept(request, response)


async def asend(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send ``request`` asynchronously. See :func:`send`."""
    if request.url.userinfo:
        return await client.send(request, stream=True)
    response = await _find_transport(client, request).handle_async_request(request)
    return _accept(request, response)


def _find_transport(client: httpx.Client | httpx.AsyncClient, request: httpx.Request) -> Any:
    if client.is_closed:
        raise RuntimeError("Cannot send a request, as the client has been closed.")
    if "timeout" not in request.extensions:
        request.extensions["timeout"] = client.timeout.as_dict()
    return client._transport_for_url(request.url)  # noqa: SLF001 - a proxy's, or the usual one; there is no public way


def _accept(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    response.request = request
    if log.isEnabledFor(logging.INFO):
        log.info(
            'HTTP Request: %s %s "%s %d %s"',
            request.method,
            request.url,
            response.http_version,
            response.status_code,
            response.reason_phrase,
        )
    return response


class Clients:
    """The backend's HTTP clients, created on first use. ``transport`` replaces the network, for tests and special needs.

    ``egress`` has the rules for guarded requests, which use separate clients.
    """

    def __init__(self, transport: Any = None, timeout: httpx.Timeout | float = TIMEOUT, egress: Egress | None = None) -> None:
        self._transport = transport
        # False if the replacement transport supports asynchronous requests only.
        self.can_block = transport is None or isinstance(transport, httpx.BaseTransport)
        self.is_replaced = transport is not None
        self._timeout = timeout
        self._egress = egress or Egress()
        self._lock = lock()
        self._blocking: dict[bool, httpx.Client] = {}
        self._parents: list[object] = []
        self._tls: ssl.SSLContext | None = None
        # A connection pool belongs to the event loop that opened it. These mappings hold one per loop, until the loop is
        # collected.
        self._per_loop: dict[bool, anyio.lowlevel.RunVar[_Kept]] = {
            guarded: anyio.lowlevel.RunVar(f"composio-client-{id(self)}-{guarded}") for guarded in (False, True)
        }
        renew(self)

    def before_fork(self) -> None:
        """Do nothing: the parent keeps its connections."""

    def after_fork(self) -> None:
        """Drop connections that the parent still uses: the child neither uses nor closes them, nor their TLS state."""
        self._parents += [*self._blocking.values(), self._tls]
        self._blocking, self._tls = {}, None

    def _options(self) -> dict[str, Any]:
        # One user's cookies must not reach another, so no cookie of an upstream is stored.
        jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
        options: dict[str, Any] = {"timeout": self._timeout, "follow_redirects": False, "cookies": jar}
        if self._transport is not None:
            return {**options, "transport": self._transport}
        if self._tls is None:
            self._tls = tls_context()
        return {**options, "verify": self._tls, "limits": LIMITS}

    def _prepare(self, client: ClientT, guarded: bool) -> ClientT:
        install()
        bind(client)
        if guarded:
            guard(client, self._egress, shared=self._transport is not None)
        # The jar would reject every cookie anyway. Not looking for cookies saves as much as the rest of a call's bookkeeping
        # costs.
        client.cookies.extract_cookies = _ignore  # type: ignore[method-assign,assignment]  # one object keeps nothing
        # httpx reads `Location` even if it does not follow redirects, and raises for a malformed one as if the response had
        # broken off. The sender follows redirects itself, or reports the error.
        client._build_redirect_request = _stay  # type: ignore[method-assign,assignment]  # noqa: SLF001 - there is no public way
        return client

    async def asynchronous(self, *, guarded: bool = False) -> httpx.AsyncClient:
        """Return the running loop's client. It closes when the loop ends, if not before."""
        per_loop = self._per_loop[guarded]
        kept = per_loop.get(None)
        if kept is None or kept.client.is_closed:
            client = self._prepare(httpx.AsyncClient(**self._options()), guarded)
            kept = _Kept(client, _until_closed(client))
            await anext(kept.lease)
            per_loop.set(kept)
        return kept.client

    def blocking(self, *, guarded: bool = False) -> httpx.Client:
        """Return the process's blocking client. A forked child opens connections of its own."""
        with self._lock:
            if guarded not in self._blocking:
                self._blocking[guarded] = self._prepare(httpx.Client(**self._options()), guarded)
            return self._blocking[guarded]

    async def aclose(self) -> None:
        """Close the running loop's clients."""
        for per_loop in self._per_loop.values():
            kept = per_loop.get(None)
            if kept is not None:
                await kept.lease.aclose()

    def detach(self) -> Callable[[], None]:
        """Create new blocking clients from now on; return a function that closes the previous ones."""
        with self._lock:
            own, self._blocking = self._blocking, {}

        def close() -> None:
            for client in own.values():
                client.close()

        return close

    def close(self) -> None:
        """Close the blocking clients."""
        self.detach()()

    @property
    def patience(self) -> float:
        """Return the number of seconds that a request may go without a response."""
        return _read_seconds(self._timeout)
