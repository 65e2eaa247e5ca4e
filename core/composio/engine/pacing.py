"""Calls to an API that was asked too much already, or that takes few at once, wait for their turn.

Whoever serves many users gives the engine a :class:`Pace`; without one nothing here runs.
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

# Seconds that a call waits for a place, and between two looks.
_PATIENCE, _BETWEEN = 10.0, 0.1


class Pace(Protocol):
    """Rate limit state of the APIs that a project calls. ``connection_id`` is "" if an API needs none.

    Only ``ask``, ``note`` and ``take`` may block.
    """

    def known(self, app: str, connection_id: str) -> float | None:
        """For how many seconds nothing may be sent; None where that has to be asked."""
        ...

    def ask(self, app: str, connection_id: str) -> float:
        """Return the current state."""
        ...

    def note(self, app: str, connection_id: str, seconds: float) -> None:
        """The API wants to be left alone for so long."""
        ...

    def most(self, app: str) -> int | None:
        """How many calls to an app may be under way at once; None for any number."""
        ...

    def take(self, app: str) -> str | None:
        """Take a place; None if all are taken."""
        ...

    def give(self, place: str) -> None:
        """Give it back."""
        ...


@asynccontextmanager
async def paced(pace: Pace, app: str, credentials: Credentials, host: str, io: Io, trace: Trace) -> AsyncIterator[None]:
    """Send within this. Raises ``UpstreamError``, with nothing sent, where it is not this call's turn soon enough."""
    # Credentials of the call's own are nobody else's: what an API says of them concerns no other call.
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
