"""Map errors for every protocol to a status, a kind, and a message with a remedy.

Each protocol renders a :class:`WebProblem` in its own format. What concerns the operator goes to the log, not to the client.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar.exceptions import HTTPException, ValidationException

from composio.errors import (
    ActionNotAllowed,
    ComposioError,
    ConfigurationError,
    ConnectedAccountNotFound,
    ConnectionNotFound,
    MissingFields,
    NotFoundError,
    StoreError,
    UpstreamError,
    UsageError,
)
from composio_server.access import Forbidden
from composio_server.services.executions import RequestConflict
from composio_server.services.keys import KeyRefused
from composio_server.services.limits import TooManyRequests
from composio_server.services.sessions import SessionConflict

__all__ = ["WebProblem", "describe"]

log = logging.getLogger("composio.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebProblem:
    """``status`` is HTTP's, ``name`` the error's kind, ``fix`` what to do, if separate from the message.

    ``details`` are the single errors of a request: ``{"field": ..., "message": ...}``.
    """

    status: int
    name: str
    message: str
    fix: str = ""
    details: Sequence[Mapping[str, Any]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


# The first match, from specific to general.
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (KeyRefused, 401),
    (Forbidden, 403),
    (RequestConflict, 409),
    (SessionConflict, 409),
    (ActionNotAllowed, 403),
    (NotFoundError, 404),
    (ConnectedAccountNotFound, 404),
    (ConnectionNotFound, 400),
    (UsageError, 400),
    (UpstreamError, 502),
    (ConfigurationError, 500),
    (ComposioError, 400),
)
_OPERATORS = (ConfigurationError,)
_NOT_STORABLE = (
    "A value of this request can't be stored: a string with a NUL or half a surrogate pair, or a number that is too large."
)
# By the reason of a StoreError: the message, and after how many seconds to retry.
_FAILING: dict[str, tuple[str, int]] = {
    "away": ("The server's storage does not answer right now. Try again.", 2),
    "full": ("The server's database is full, so nothing can be stored. What only reads works.", 30),
    "read-only": ("The server's database can only be read right now, so nothing can be stored. What only reads works.", 30),
    "newer": ("The server's database was upgraded, and this instance was not: its operator has to replace it.", 30),
    "": ("The server can't use its database right now. Try again.", 5),
}
_NOTED_EVERY = 10.0
_noted_at = float("-inf")


def describe(error: Exception, request_id: str) -> WebProblem:
    """Return the client's view of ``error``. Logs the operator's part under ``request_id``."""
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, TooManyRequests):
        wait = {"retry-after": str(math.ceil(error.wait))}
        return WebProblem(status=429, name="TooManyRequests", message=str(error), headers=wait)
    if isinstance(error, RecursionError):
        return WebProblem(status=400, name="InvalidRequest", message="The body is nested too deeply.")
    if isinstance(error, StoreError):
        return _of_store(error, request_id)
    if isinstance(error, KeyRefused) and error.challenge:
        asks = {"www-authenticate": error.challenge}
        return WebProblem(status=401, name="KeyRefused", message=str(error), headers=asks)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if status >= 500 and (isinstance(error, _OPERATORS) or not isinstance(error, ComposioError)):
        log.error("request %s failed: %s: %s", request_id, type(error).__name__, error, exc_info=status == 500 and error)
        return WebProblem(
            status=status, name="InternalError", message="The server failed; its log says why, under this request's id."
        )
    details = (
        [{"field": name, "message": what} for name, what in error.fields.items()] if isinstance(error, MissingFields) else []
    )
    return WebProblem(status=status, name=type(error).__name__, message=str(error), details=details)


def _of_http(error: HTTPException) -> WebProblem:
    extra = error.extra if isinstance(error.extra, list) else []
    details = [one for one in extra if isinstance(one, Mapping)] if isinstance(error, ValidationException) else []
    name = "ValidationError" if isinstance(error, ValidationException) else type(error).__name__.removesuffix("Exception")
    told = [{"field": str(one.get("key", "")), "message": str(one.get("message", ""))} for one in details]
    # The field, without the URL, whose query may contain anything.
    message = "; ".join(": ".join(part for part in one.values() if part) for one in told) or error.detail
    return WebProblem(status=error.status_code, name=name, message=message, details=told, headers=dict(error.headers or {}))


def _of_store(error: StoreError, request_id: str) -> WebProblem:
    """Return how the database fails, without identifying it."""
    if error.reason == "value":
        log.info("request %s has what can't be stored: %s", request_id, error)
        return WebProblem(status=400, name="InvalidRequest", message=_NOT_STORABLE)
    _note_failure(error, request_id)
    message, wait = _FAILING.get(error.reason, _FAILING[""])
    return WebProblem(status=503, name="Unavailable", message=message, headers={"retry-after": str(wait)})


def _note_failure(error: StoreError, request_id: str) -> None:
    """Log it, rate-limited: while a database is away, every request fails."""
    global _noted_at
    now = time.monotonic()
    if now - _noted_at >= _NOTED_EVERY:
        _noted_at = now
        log.error("request %s failed, others like it for %g s are not logged: %s", request_id, _NOTED_EVERY, error)
