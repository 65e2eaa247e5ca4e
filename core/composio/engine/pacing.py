"""Queue calls to an API that has reached its rate limit, or that accepts few at once.

A server for many users gives the engine a :class:`Pace`; without one nothing here runs.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from composio.errors import UpstreamError
from composio.transport.waits import in_words

if TYPE_CHECKING:
    from composio.engine.io import Io
    from composio.engine.send import Trace
    from composio.model.credentials import Credentials

__all__ = ["Pace", "paced"]

# Seconds that a call waits for a place, and between two checks.
_PATIENCE, _BETWEEN = 10.0, 0.1


class Pace(Protocol):
    """Rate limit state of the APIs that a project calls. ``connection_id`` is "" if an API needs none.

    Only ``ask``, ``note`` and ``take`` may block.
    """

    def known(self, app: str, connection_id: str) -> float | None:
        """Return for how many seconds nothing may be sent; None if the state must be read."""
        ...

    def ask(self, app: str, connection_id: str) -> float:
        """Return the current state."""
        ...

    def note(self, app: str, connection_id: str, seconds: float) -> None:
        """Record that the API asked not to be called for that long."""
        ...

    def most(self, app: str) -> int | None:
        """Return how many calls to an app may run at once; None if unlimited."""
        ...

    def take(self, app: str) -> str | None:
        """Take a place; None if all are taken."""
        ...

    def give(self, place: str) -> None:
        """Release the place."""
        ...


@asynccontextmanager
async def paced(pace: Pace, app: str, credentials: Credentials, host: str, io: Io, trace: Trace) -> AsyncIterator[None]:
    """Send within this context. Raises ``UpstreamError``, with nothing sent, if no place is free soon enough."""
    # Credentials of the call's own are used by no other call, so the API's limits for them concern no other call.
    connection_id = credentials.connection.id if credentials.connection is not None else ""
    shared = credentials.custom is None
    if shared:
        wait = pace.known(app, connection_id)
        if wait is None:
            wait = await io.work(functools.partial(pace.ask, app, connection_id))
        if wait > 0:
            raise UpstreamError(
                f"{host} asked for a pause after too many requests, so this one was not sent. Try again {in_words(wait)}.",
                status=429,
                retry_after=wait,
                sent=False,
            )

        async def note(seconds: float) -> None:
            await io.work(functools.partial(pace.note, app, connection_id, seconds))

        trace.on_wait = note
    place = None if pace.most(app) is None else await _take(pace, app, io)
    try:
        yield
    finally:
        trace.on_wait = None
        if place is not None:
            pace.give(place)


async def _take(pace: Pace, app: str, io: Io) -> str:
    waited = 0.0
    while (place := await io.work(functools.partial(pace.take, app))) is None:
        if waited >= _PATIENCE:
            raise UpstreamError(
                f"{pace.most(app)} calls to {app} are under way already, as many as may be at once, so this one was not sent. "
                "Try again when one has ended.",
                status=429,
                retry_after=1.0,
                sent=False,
            )
        await io.sleep(_BETWEEN)
        waited += _BETWEEN
    return place
