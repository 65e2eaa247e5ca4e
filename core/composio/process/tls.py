"""Network settings of companies, for every outgoing connection.

``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` are honoured by httpx; ``SSL_CERT_FILE``, ``SSL_CERT_DIR``,
``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE`` here, as httpx leaves the last two to others.
"""

from __future__ import annotations

import functools
import os
import select
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from composio.errors import ConfigurationError
from composio.process.forks import no_fork

__all__ = ["tls_context"]

T = TypeVar("T")
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def tls_context() -> ssl.SSLContext:
    """Return the trusted certificates: a bundle from the environment, else httpx's default."""
    with no_fork:
        context = _context()
    if hasattr(os, "register_at_fork"):
        context.sslsocket_class, context.sslobject_class = _Socket, _Object
    return context


def _context() -> ssl.SSLContext:
    for variable in _BUNDLES:
        if path := os.environ.get(variable):
            return _trusting(variable, path)
    if folder := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=folder)
    return _httpx_choice()


@functools.cache
def _httpx_choice() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()


def _trusting(variable: str, path: str) -> ssl.SSLContext:
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        found = Path(path).stat()
        return _of_bundle(path, (found.st_mtime_ns, found.st_size, found.st_ino))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{variable} names {path!r}, which can't be used as a CA bundle ({error}). Name a PEM file or unset it."
        ) from None


@functools.lru_cache(maxsize=4)
def _of_bundle(path: str, state: tuple[int, ...]) -> ssl.SSLContext:  # noqa: ARG001 - a bundle that was replaced is read again
    """Read once for all who trust the same: a bundle of the system's takes tens of milliseconds and a megabyte for each."""
    return ssl.create_default_context(cafile=path)


class _Object(ssl.SSLObject):
    """The TLS context of asynchronous connections. No fork happens while it works under OpenSSL's locks."""

    @classmethod
    def _create(cls, *args: Any, **options: Any) -> Any:
        with no_fork:
            return super()._create(*args, **options)  # type: ignore[misc]  # what `wrap_bio` calls

    def do_handshake(self) -> None:
        with no_fork:
            super().do_handshake()

    def read(self, *args: Any) -> Any:
        with no_fork:
            return super().read(*args)

    def write(self, data: Any) -> int:
        with no_fork:
            return super().write(data)


class _Socket(ssl.SSLSocket):
    """The TLS context of synchronous connections. The same, but waiting for the network outside of OpenSSL."""

    @classmethod
    def _create(cls, *args: Any, do_handshake_on_connect: bool = True, **options: Any) -> Any:
        with no_fork:
            made = super()._create(*args, do_handshake_on_connect=False, **options)  # type: ignore[misc]  # as above
        if do_handshake_on_connect:
            try:
                made.do_handshake()
            except BaseException:
                made.close()
                raise
        return made

    def do_handshake(self, block: bool = False) -> None:  # noqa: ARG002 - whoever blocks has set no timeout
        self._in_steps(super().do_handshake)

    def read(self, *args: Any) -> Any:
        return self._in_steps(super().read, *args)

    def write(self, data: Any) -> int:
        return self._in_steps(super().write, data)

    def send(self, data: Any, flags: int = 0) -> int:
        return self._in_steps(super().send, data, flags)

    def _in_steps(self, work: Callable[..., T], *args: Any) -> T:
        timeout = self.gettimeout()
        until = None if timeout is None else time.monotonic() + timeout
        self.settimeout(0.0)
        try:
            while True:
                try:
                    with no_fork:
                        return work(*args)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as wants:
                    if timeout == 0:
                        raise
                    event = select.POLLIN if isinstance(wants, ssl.SSLWantReadError) else select.POLLOUT
                self._await(event, until)
        finally:
            if self.fileno() >= 0:
                self.settimeout(timeout)

    def _await(self, event: int, until: float | None) -> None:
        poll = select.poll()
        poll.register(self, event)
        left = None if until is None else (until - time.monotonic()) * 1000
        if (left is not None and left <= 0) or not poll.poll(left):
            raise TimeoutError("The operation on the encrypted connection timed out.")
