"""Keep guarded requests to checked addresses.

The check is made where the connection is opened: around httpcore's network backend, which gets the checked address and never
resolves the name again. The pool, SNI and certificate verification above it keep the host's name. Guarded requests have
separate pools, so none uses a connection that was opened without a check. Behind a proxy, the check uses this machine's DNS
lookup, and the proxy gets the name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, cast

import anyio
import anyio.to_thread
import httpcore
import httpx

from composio.errors import UpstreamRefused
from composio.transport.egress import ALLOW, Egress, get_namer, is_described, origin

__all__ = ["AsyncPinning", "Guarded", "Pinning", "guard"]

# The rules for the connections that are being opened, and who named their host.
_RULES: ContextVar[tuple[Egress, str] | None] = ContextVar("composio_egress", default=None)
_PROXIES = (httpcore.HTTPProxy, httpcore.SOCKSProxy, httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy)


def guard(client: httpx.Client | httpx.AsyncClient, egress: Egress, *, shared: bool) -> None:
    """Make each request of ``client`` follow ``egress``. ``shared``: its connections may have been opened without the guard."""
    held: Any = client  # httpx creates these transports itself, from the proxy variables, and exposes them nowhere else
    held._transport = Guarded(held._transport, egress, shared=shared)  # noqa: SLF001 - see above
    mounts = held._mounts  # noqa: SLF001 - see above
    for pattern, transport in mounts.items():
        mounts[pattern] = transport and Guarded(transport, egress, shared=shared)


class Guarded(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport around another one, for guarded requests only.

    A transport that replaces the network may know names that no resolver knows: only the name or address itself is checked.
    """

    def __init__(self, inner: Any, egress: Egress, *, shared: bool = False) -> None:
        self._inner, self._egress = inner, egress
        pool = getattr(inner, "_pool", None)
        self._proxied = isinstance(pool, _PROXIES)
        self._ahead = pool is not None and (shared or self._proxied)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request if it is allowed."""
        by = self._judge(request)
        if self._ahead:
            self._look(request, by)
        token = _RULES.set(None if self._proxied else (self._egress, by))
        try:
            return cast("httpx.Response", self._inner.handle_request(request))
        finally:
            _RULES.reset(token)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request if it is allowed."""
        by = self._judge(request)
        if self._ahead:
            await anyio.to_thread.run_sync(self._look, request, by, abandon_on_cancel=True)
        token = _RULES.set(None if self._proxied else (self._egress, by))
        try:
            return cast("httpx.Response", await self._inner.handle_async_request(request))
        finally:
            _RULES.reset(token)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()

    def _judge(self, request: httpx.Request) -> str:
        by = get_namer(request) or "a connection"
        self._egress.judge(request.url, by)
        return by

    def _look(self, request: httpx.Request, by: str) -> None:
        """Check the addresses before any connection is opened."""
        url = request.url
        if self._proxied and self._egress.open_by_name(url):
            return
        try:
            self._egress.pin(url.raw_host.decode("ascii"), origin(url)[2], by)
        except OSError as error:
            if not self._proxied:
                raise httpx.ConnectError(str(error)) from error
            if is_described(request):
                return
            raise UpstreamRefused(
                f"{url.host}, named by {by}, can't be looked up here, so where the proxy would go can't be checked: refused."
                f" To allow it, the operator sets {ALLOW}={url.host}."
            ) from None


class Pinning(httpcore.NetworkBackend):
    """Connect to checked addresses only."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        rules = _RULES.get()
        if rules is None:
            return self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        until = _until(timeout)
        failed: Exception = httpcore.ConnectError("no address")
        addresses = _pin(rules, host, port)
        for number, address in enumerate(addresses):
            try:
                left = _share_time(until, len(addresses) - number)
                return self._inner.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return self._inner.connect_unix_socket(path, timeout, socket_options)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class AsyncPinning(httpcore.AsyncNetworkBackend):
    """Connect to checked addresses only."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore names it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        rules = _RULES.get()
        if rules is None:
            return await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        until = _until(timeout)
        failed: Exception = httpcore.ConnectError("no address")
        try:
            with anyio.fail_after(timeout):
                addresses = await anyio.to_thread.run_sync(_pin, rules, host, port, abandon_on_cancel=True)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the look-up of the host took too long") from None
        for number, address in enumerate(addresses):
            try:
                left = _share_time(until, len(addresses) - number)
                return await self._inner.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore names it
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return await self._inner.connect_unix_socket(path, timeout, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def _pin(rules: tuple[Egress, str], host: str, port: int) -> list[str]:
    egress, by = rules
    try:
        return egress.pin(host, port, by)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error


def _until(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


def _share_time(until: float | None, tries: int) -> float | None:
    """Return the seconds for one of the ``tries`` remaining addresses, so that a silent one leaves time for the rest.

    Raises ``httpcore.ConnectTimeout`` if no time is left.
    """
    if until is None:
        return None
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ConnectTimeout("no address answered in time")
    return left / tries
