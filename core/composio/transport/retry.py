"""Which failures are tried again, and after how long. Pure.

Only what is safe: a connection that was never made, a broken one under an idempotent method, and a 429 or 503 that says when
to come back. Source: RFC 9110, sections 9.2.2 (idempotent methods) and 10.2.3 (Retry-After); IETF draft "RateLimit header fields
for HTTP" and its forerunners for the other headers that tell when a limit ends.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx

__all__ = ["ATTEMPTS", "LONGEST_WAIT", "after_error", "after_response", "rate_limit_wait", "retry_after"]

ATTEMPTS = 3
# Seconds. An agent would rather hear "come back in five minutes" than hang.
LONGEST_WAIT = 20.0
_RESETS = ("x-ratelimit-reset-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_EPOCH = 1e9
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "QUERY"})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_BROKEN = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)


def after_error(method: str, error: httpx.TransportError, attempt: int) -> float | None:
    """Seconds to wait before the next attempt, None to give up. ``attempt`` counts from 1."""
    if attempt >= ATTEMPTS:
        return None
    if isinstance(error, _NEVER_SENT) or (isinstance(error, _BROKEN) and method in _IDEMPOTENT):
        return 0.1 * (1 << (attempt - 1))
    return None


def after_response(response: httpx.Response, attempt: int) -> float | None:
    """Seconds to wait before the next attempt, None to take this answer."""
    if response.status_code not in {429, 503} or attempt >= ATTEMPTS:
        return None
    wait = retry_after(response.headers)
    return wait if wait is not None and wait <= LONGEST_WAIT else None


def retry_after(headers: httpx.Headers) -> float | None:
    """The Retry-After header in seconds from now, None where there is none that can be read."""
    value: str = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value) if value[0].isdigit() else parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds)


def rate_limit_wait(headers: httpx.Headers) -> float | None:
    """Seconds until a rate limit ends, by Retry-After or by the older headers; None where nothing tells."""
    wait = retry_after(headers)
    if wait is not None:
        return float(round(wait + 0.499))
    for name in _RESETS:
        try:
            value = float(headers.get(name, ""))
        except ValueError:
            continue
        if not 0 <= value < float("inf"):
            continue
        # Seconds from now, seconds of the epoch or its milliseconds: no limit lasts thirty years.
        seconds = value if value < _EPOCH else (value / 1000 if value > 1000 * _EPOCH else value) - time.time()
        return float(round(max(0.0, seconds) + 0.499))
    return None
