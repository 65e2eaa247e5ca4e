"""Keeps credentials out of what httpx and httpcore log.

Inside of :func:`~composio.transport.deadline.deadline`, that is. The one writes each request's whole URL, whose query or path may hold a key; the other each answer's headers, with its cookies
and whatever an upstream repeats there.
"""

from __future__ import annotations

import logging

import httpx

from composio.transport.deadline import is_inside

__all__ = ["install"]


class _OriginsOnly(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if is_inside() and isinstance(record.args, tuple):
            record.args = tuple(_origin(part) if isinstance(part, httpx.URL) else part for part in record.args)
        return True


def _origin(url: httpx.URL) -> httpx.URL:
    return url.copy_with(userinfo=b"", raw_path=b"/***", fragment=None)


class _NoHeaders(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if is_inside():
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
