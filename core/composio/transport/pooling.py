"""Connection pools of httpcore that cost the same with a hundred idle connections as with one.

httpcore 1 checks the socket of every idle connection at the start and end of each request, and counts all connections for each
of them: with fifty, that takes two milliseconds of CPU per request. Here only a connection that is about to be used is checked,
and the others once a second. Source: httpcore's ``ConnectionPool._assign_requests_to_connections``, which defines these rules.
"""

from __future__ import annotations

import time
from typing import Any, Final

__all__ = ["hasten"]

# Seconds between two checks for connections that have expired or that the peer has closed.
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
    """Change how a pool, blocking or asynchronous, finds connections.

    A pool with a different implementation is left unchanged.
    """
    if all(hasattr(pool, name) for name in _NEEDED):
        pool._assign_requests_to_connections = _Assigning(pool)  # noqa: SLF001 - there is no public way


class _Assigning:
    """Return the connections to close. The pool calls this while it holds its lock."""

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
            if idle is None:  # it waits for a connection
                return
            self._drop([idle], closing)
        made = pool.create_connection(origin)
        pool._connections.append(made)  # noqa: SLF001
        request.assign_to_connection(made)

    def _drop(self, connections: list[Any], closing: list[Any]) -> None:
        for one in connections:
            self._pool._connections.remove(one)  # noqa: SLF001
            closing.append(one)
