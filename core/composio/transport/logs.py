"""Keeps credentials out of what httpx and httpcore log.

The one writes each request's whole URL, whose query or path may hold a key; the other each answer's headers, with its cookies
and whatever an upstream repeats there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx

__all__ = ["install", "private"]

_PRIVATE: ContextVar[bool] = ContextVar("composio_private_urls", default=False)


@contextmanager
def private() -> Iterator[None]:
    """What is logged inside names the server that was asked, and nothing more of the URL, and no header of its answer."""
    token = _PRIVATE.set(True)
    try:
        yield
    finally:
        _PRIVATE.reset(token)


class _OriginsOnly(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if _PRIVATE.get() and isinstance(record.args, tuple):
            record.args = tuple(_origin(part) if isinstance(part, httpx.URL) else part for part in record.args)
        return True


def _origin(url: httpx.URL) -> httpx.URL:
    return url.copy_with(userinfo=b"", raw_path=b"/***", fragment=None)


class _NoHeaders(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if _PRIVATE.get():
            told, returned, _ = record.getMessage().partition(" return_value=")
            if returned and "headers" in told:
                record.msg, record.args = f"{told}{returned}***", ()
        return True


_ORIGINS_ONLY, _NO_HEADERS = _OriginsOnly(), _NoHeaders()
# A logger's filters are not asked for what its children log.
_CORE = ("httpcore.http11", "httpcore.http2", "httpcore.proxy")


def install() -> None:
    """Have their loggers keep to that; a second time changes nothing. A user's own requests are logged as ever."""
    logging.getLogger("httpx").addFilter(_ORIGINS_ONLY)
    for name in _CORE:
        logging.getLogger(name).addFilter(_NO_HEADERS)
