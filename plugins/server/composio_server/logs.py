"""The log of the server's processes on standard error: one line per request, and errors.

Lines are for people, or with ``COMPOSIO_SERVER_LOG_FORMAT=json`` for programs: one JSON object each. No line has a path, a
query or an entity: those contain users' ids and links that readers could open. A request is identified by its route's pattern
and its id.
"""

from __future__ import annotations

import json
import logging
import re
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from composio_server.access import caller_of
from composio_server.answering import StatusWatch
from composio_server.request_ids import STATE_KEY

__all__ = ["JsonFormatter", "TextFormatter", "describe_logging", "log_requests", "method_of", "route_of"]

log = logging.getLogger("composio.server.requests")
# Monitoring requests these every few seconds.
_WATCHED: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FACTS: Final = ("project_id", "key_id", "method", "route", "status", "seconds")


# The id of the request in this context, for its log records.
_CURRENT: ContextVar[str | None] = ContextVar("composio_server_request", default=None)


def log_requests(app: ASGIApp) -> ASGIApp:
    """Log a line for each request when it is answered."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        began, watch = time.perf_counter(), StatusWatch(send)
        token = _CURRENT.set(scope["state"].get(STATE_KEY))

        try:
            await app(scope, receive, watch)
        finally:
            route = route_of(scope)
            level = logging.DEBUG if route in _WATCHED and watch.status < 400 else logging.INFO
            if log.isEnabledFor(level):
                caller = caller_of(scope)
                log.log(
                    level,
                    "answered",
                    extra={
                        "project_id": caller.project_id if caller else None,
                        "key_id": caller.key_id if caller else None,
                        "method": method_of(scope),
                        "route": route,
                        "status": watch.status,
                        "seconds": round(time.perf_counter() - began, 6),
                    },
                )
            _CURRENT.reset(token)

    return serve


def route_of(scope: Scope) -> str:
    """Return the pattern of a request's route, such as ``/api/v1/apps/{name}``; its own path contains ids."""
    return str(scope.get("path_template") or "unknown")


def method_of(scope: Scope) -> str:
    """Return a request's method; ``OTHER`` for a nonstandard one."""
    method = str(scope.get("method", ""))
    return method if method in _METHODS else "OTHER"


def describe_logging(style: str, level: str) -> dict[str, Any]:
    """Return the logging configuration of a server's process, for :func:`logging.config.dictConfig`.

    Other libraries' loggers stay at WARNING: an HTTP client's debug records contain the URLs of calls.
    """
    formatter = TextFormatter if style == "text" else JsonFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{formatter.__module__}.{formatter.__name__}"}},
        "handlers": {"standard error": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {"composio": {"level": level.upper()}},
        "root": {"level": "WARNING", "handlers": ["standard error"]},
    }


def _facts_of(record: logging.LogRecord) -> dict[str, Any]:
    found = {"request_id": _CURRENT.get(), **{name: getattr(record, name, None) for name in _FACTS}}
    return {name: value for name, value in found.items() if value is not None}


class JsonFormatter(logging.Formatter):
    """One JSON object per line: ``time``, ``level``, ``logger``, ``message``, and the request's known data.

    ``seconds`` is the request's duration; ``exception`` the traceback of an unexpected error.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextFormatter(logging.Formatter):
    """A line for people; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end. Data of clients cannot begin another line."""
        facts = _facts_of(record)
        if "route" in facts:
            said = f"{facts.pop('method')} {facts.pop('route')} {facts.pop('status')} {facts.pop('seconds') * 1000:.0f} ms"
        else:
            said = record.getMessage()
        rest = "".join(f" {name.removesuffix('_id')}={value}" for name, value in facts.items())
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        line = _CONTROL.sub(_escape, f"{moment} {record.levelname.lower()} {said}{rest}")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
