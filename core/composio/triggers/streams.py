"""Events for one listener, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from composio.model.event_data import TriggerEventData

__all__ = ["EventStream", "SequenceStream"]

# Seconds for which a question for events is kept open.
_WAIT_SECONDS: Final = 4.0


class EventStream(Protocol):
    """Begins behind the event with the sequence ``cursor``."""

    @property
    def cursor(self) -> int: ...

    async def read(self, seen: int, *, limit: int = 100) -> Sequence[TriggerEventData]:
        """The events behind ``seen``, which says that those up to there were taken care of; none where none came in a while.

        A ``UsageError`` or ``KeyRefused`` is the stream's end. After any other ``ComposioError`` it can be read again.
        """
        ...


class _After(Protocol):
    async def __call__(self, sequence: int, *, limit: int, wait: float) -> Sequence[TriggerEventData]: ...


class SequenceStream:
    """Asks ``after`` for what comes behind the last event, which waits for some."""

    def __init__(self, after: _After, cursor: int) -> None:
        self._after, self.cursor = after, cursor

    async def read(self, seen: int, *, limit: int = 100) -> Sequence[TriggerEventData]:
        """See :class:`EventStream`."""
        return await self._after(seen, limit=limit, wait=_WAIT_SECONDS)
