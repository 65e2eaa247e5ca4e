"""Keep credentials out of the logs of httpx and httpcore.

The filters apply inside :func:`~composio.transport.deadline.deadline` only. httpx logs the full URL of each request, which may hold a
key. httpcore logs response headers, which may hold cookies and secrets that an upstream repeats.
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
# A logger's filters do not apply to records of its children.
_CORE = ("httpcore.http11", "httpcore.http2", "httpcore.proxy")


def install() -> None:
    """Install the filters on the loggers of both libraries. Idempotent; a user's own requests are logged unchanged."""
    logging.getLogger("httpx").addFilter(_ORIGINS_ONLY)
    for name in _CORE:
        logging.getLogger(name).addFilter(_NO_HEADERS)
