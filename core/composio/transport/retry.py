"""Which failures are tried again, and after how long. Pure.

Only what is safe: a connection that was never made, a broken one under an idempotent method, and a 429 or 503 that says when
to come back, soon enough. Source: RFC 9110, sections 9.2.2 (idempotent methods) and 10.2.3 (Retry-After).
"""

from __future__ import annotations

import httpx

from composio.transport.waits import retry_after

__all__ = ["ATTEMPTS", "LONGEST_WAIT", "after_error", "after_response"]

ATTEMPTS = 3
# Seconds. An agent would rather hear "come back in five minutes" than hang.
LONGEST_WAIT = 20.0
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "QUERY"})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_BROKEN = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)


def after_error(method: str, error: httpx.TransportError, attempt: int, left: float = float("inf")) -> float | None:
    """Seconds to wait before the next attempt, None to give up. ``attempt`` counts from 1; ``left`` is all the time there is."""
    wait = 0.1 * (1 << (attempt - 1))
    if attempt >= ATTEMPTS or wait >= left:
        return None
    return wait if isinstance(error, _NEVER_SENT) or (isinstance(error, _BROKEN) and method in _IDEMPOTENT) else None


def after_response(response: httpx.Response, attempt: int, left: float = float("inf")) -> float | None:
    """Seconds to wait before the next attempt, None to take this answer, as where they are more than there are ``left``."""
    if response.status_code not in {429, 503} or attempt >= ATTEMPTS:
        return None
    wait = retry_after(response.headers)
    return wait if wait is not None and wait <= LONGEST_WAIT and wait < left else None
