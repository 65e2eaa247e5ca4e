"""Connection pools of httpcore's that cost as much with a hundred idle connections as with one.

httpcore 1 asks the system about every idle connection whenever a request comes or ends, and counts all connections for each of
them: with fifty that is two milliseconds of CPU a request. Here only a connection that is about to be used is asked, and the others
once a second. Source: httpcore's ``ConnectionPool._assign_requests_to_connections``, whose rules these are.
"""

from __future__ import annotations

import time
from typing import Any, Final

__all__ = ["hasten"]

# Seconds between two looks for connections that were kept for long enough, or that the other side has closed.
_SWEEP: Final = 1.0
_NEEDED: Final = (
    "_connections",
    "_requests",
    "_max_connections",
    "_max_keepalive_connections",
    "create_connection",
    "_assign_requests_to_connections",
)


def hasten(pool: Any) -> None:
    """Change how a pool, blocking or asynchronous, finds connections. One that is made otherwise stays as it is."""
    if all(hasattr(pool, name) for name in _NEEDED):
        pool._assign_requests_to_connections = _Assigning(pool)  # noqa: SLF001 - there is no public way


class _Assigning:
    """Called by the pool, inside of its lock; gives the connections to close."""

    def __init__(self, pool: Any) -> None:
        self._pool, self._swept = pool, time.monotonic()

    def __call__(self) -> list[Any]:
        pool, closing = self._pool, list[Any]()
        for one in [one for one in pool._connections if one.is_closed()]:  # noqa: SLF001 - as above, and below
            pool._connections.remove(one)  # noqa: SLF001
        if time.monotonic() - self._swept >= _SWEEP:
            self._swept = time.monotonic()
            self._drop([one for one in pool._connections if one.has_expired()], closing)  # noqa: SLF001
        idle = [one for one in pool._connections if one.is_idle()]  # noqa: SLF001
        self._drop(idle[: max(0, len(idle) - pool._max_keepalive_connections)], closing)  # noqa: SLF001
        for request in [one for one in pool._requests if one.is_queued()]:  # noqa: SLF001
            self._assign(request, closing)
        return closing

    def _assign(self, request: Any, closing: list[Any]) -> None:
        pool, origin = self._pool, request.request.url.origin
        for one in list(pool._connections):  # noqa: SLF001
            if not (one.can_handle_request(origin) and one.is_available()):
                continue
            if one.is_idle() and one.has_expired():
                self._drop([one], closing)
                continue
            request.assign_to_connection(one)
            return
        if len(pool._connections) >= pool._max_connections:  # noqa: SLF001
            idle = next((one for one in pool._connections if one.is_idle()), None)  # noqa: SLF001
            if idle is None:  # it waits for one
                return
            self._drop([idle], closing)
        made = pool.create_connection(origin)
        pool._connections.append(made)  # noqa: SLF001
        request.assign_to_connection(made)

    def _drop(self, connections: list[Any], closing: list[Any]) -> None:
        for one in connections:
            self._pool._connections.remove(one)  # noqa: SLF001
            closing.append(one)
