"""httpx clients, one pool per event loop and one for blocking use, with the network settings that companies need.

``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` are honoured by httpx; ``SSL_CERT_FILE``, ``SSL_CERT_DIR``,
``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE`` here, as httpx leaves the last two to others.
"""

from __future__ import annotations

import os
import ssl
import threading
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import anyio.lowlevel
import httpx

from composio.errors import ConfigurationError

__all__ = ["Clients", "tls_context"]

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30.0)
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def tls_context() -> ssl.SSLContext:
    """Certificates to trust: a bundle that the environment names, else httpx's own choice."""
    for variable in _BUNDLES:
        if path := os.environ.get(variable):
            return _trusting(variable, path)
    if folder := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=folder)
    return httpx.create_ssl_context()


def _trusting(variable: str, path: str) -> ssl.SSLContext:
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{variable} names {path!r}, which can't be used as a CA bundle ({error}). Name a PEM file or unset it."
        ) from None


class Clients:
    """The backend's HTTP clients, made on first use. ``transport`` replaces the network, for tests and for special needs."""

    def __init__(self, transport: Any = None, timeout: httpx.Timeout | float = TIMEOUT) -> None:
        self._transport = transport
        self._timeout = timeout
        self._lock = threading.Lock()
        self._blocking: httpx.Client | None = None
        self._pid = os.getpid()
        self._tls: ssl.SSLContext | None = None
        # A connection pool belongs to the loop that opened it; this holds one per loop and goes when the loop goes.
        self._per_loop: anyio.lowlevel.RunVar[httpx.AsyncClient] = anyio.lowlevel.RunVar(f"composio-client-{id(self)}")

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

    def asynchronous(self) -> httpx.AsyncClient:
        """The running loop's client."""
        client = self._per_loop.get(None)
        if client is None or client.is_closed:
            client = httpx.AsyncClient(**self._options())
            self._per_loop.set(client)
        return client

    def blocking(self) -> httpx.Client:
        """The process's client; a forked child opens connections of its own."""
        with self._lock:
            if self._blocking is None or self._pid != os.getpid():
                self._blocking, self._pid = httpx.Client(**self._options()), os.getpid()
            return self._blocking

    async def aclose(self) -> None:
        """Close the running loop's client."""
        client = self._per_loop.get(None)
        if client is not None and not client.is_closed:
            await client.aclose()

    def close(self) -> None:
        """Close the blocking client."""
        with self._lock:
            if self._blocking is not None and self._pid == os.getpid():
                self._blocking.close()
            self._blocking = None
