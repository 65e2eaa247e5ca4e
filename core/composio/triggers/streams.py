"""Events for one listener, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from composio.model.event_data import TriggerEventData

__all__ = ["EventStream", "SequenceStream"]

# How many seconds a long poll stays open.
_WAIT_SECONDS: Final = 4.0


class EventStream(Protocol):
    """A stream that starts after the event with the sequence ``cursor``."""

    @property
    def cursor(self) -> int: ...

    async def read(self, seen: int, *, limit: int = 100) -> Sequence[TriggerEventData]:
        """Return the events after ``seen``, which acknowledges all up to it; empty if none came in a while.

        A ``UsageError`` or ``KeyRefused`` ends the stream. After any other ``ComposioError`` it can be read again.
        """
        ...


class _After(Protocol):
    async def __call__(self, sequence: int, *, limit: int, wait: float) -> Sequence[TriggerEventData]: ...


class SequenceStream:
    """A stream that long-polls ``after`` for events behind the last one."""

    def __init__(self, after: _After, cursor: int) -> None:
        self._after, self.cursor = after, cursor

    async def read(self, seen: int, *, limit: int = 100) -> Sequence[TriggerEventData]:
        """See :class:`EventStream`."""
        return await self._after(seen, limit=limit, wait=_WAIT_SECONDS)
