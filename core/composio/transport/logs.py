"""Keeps credentials out of httpx's log: it writes each request's whole URL, whose query or path may hold a key."""

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
    """What httpx logs inside names the server that was asked, and nothing more of the URL."""
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


_FILTER = _OriginsOnly()


def install() -> None:
    """Have httpx's logger keep to that; a second time changes nothing. A user's own requests are logged as ever."""
    logging.getLogger("httpx").addFilter(_FILTER)
