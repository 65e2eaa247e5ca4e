"""Send events over an open channel: in order, at the receiver's pace, from its cursor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from composio.backend import EventService

__all__ = ["BAD_FRAME", "TOO_OLD", "Channel", "ChannelClosed", "push_events"]

# Close codes of a channel: an invalid frame, and a cursor whose events were deleted.
BAD_FRAME: Final = 4400
TOO_OLD: Final = 4410
# Seconds between two checks for a due ping.
_LOOK: Final = 2.0
_PING_SECONDS: Final = 20.0
_BATCH: Final = 100
# Unacknowledged events.
_WINDOW: Final = 500
_KEPT_SECONDS: Final = 86400.0


class ChannelClosed(Exception):
    """The other end left."""


class Channel(Protocol):
    """Frames in both directions, each a JSON object."""

    async def send(self, frame: Mapping[str, Any]) -> None:
        """Send a frame. Raises ChannelClosed."""
        ...

    async def receive(self) -> Any:
        """Return the next frame; None if it is invalid. Raises ChannelClosed."""
        ...


@dataclass(slots=True)
class _Progress:
    sent: int
    acknowledged: int
    waiting: list[int]


async def push_events(events: EventService, channel: Channel, cursor: int | None) -> tuple[int, str] | None:
    """Send events after ``cursor``, or new ones, until the channel ends.

    Returns the close code and reason, if this end closes it. Frames are ``{"type": "ready", "cursor"}``, ``{"type": "event",
    "sequence", "event"}`` and ``{"type": "ping"}``; received ones are ``{"type": "ack", "sequence"}``, which acknowledges
    everything up to there, and ``{"type": "pong"}``.
    """
    start = await events.newest() if cursor is None else cursor
    if cursor is not None and await events.is_too_old(cursor, _KEPT_SECONDS):
        return (
            TOO_OLD,
            "events behind this cursor are older than 24 hours; listen without a cursor, and see /api/v3.1/events/log",
        )
    progress, moved = _Progress(start, start, []), asyncio.Event()
    ended: tuple[int, str] | None = None
    with suppress(ChannelClosed):
        await channel.send({"type": "ready", "cursor": start})
        reading = asyncio.create_task(_read(channel, progress, moved))
        writing = asyncio.create_task(_write(events, channel, progress, moved))
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, writing):
                task.cancel()
            results = await asyncio.gather(reading, writing, return_exceptions=True)
        for result in results:
            if isinstance(result, tuple):
                ended = result
            elif isinstance(result, Exception) and not isinstance(result, ChannelClosed):
                raise result
    return ended


async def _read(channel: Channel, progress: _Progress, moved: asyncio.Event) -> tuple[int, str]:
    while True:
        frame = await channel.receive()
        kind = frame.get("type") if isinstance(frame, dict) else None
        if kind == "pong":
            continue
        upto = frame.get("sequence") if kind == "ack" else None
        if not isinstance(upto, int) or isinstance(upto, bool):
            return BAD_FRAME, 'a frame is {"type": "ack", "sequence": 7} or {"type": "pong"}'
        progress.acknowledged = max(progress.acknowledged, min(upto, progress.sent))
        progress.waiting = [one for one in progress.waiting if one > progress.acknowledged]
        moved.set()


async def _write(events: EventService, channel: Channel, progress: _Progress, moved: asyncio.Event) -> None:
    pinged = time.monotonic()
    while True:
        room = min(_WINDOW - len(progress.waiting), _BATCH)
        moved.clear()
        found = await events.after(progress.sent, limit=room, wait=_LOOK) if room > 0 else ()
        for event in found:
            await channel.send({"type": "event", "sequence": event.sequence, "event": event.listing()})
            progress.sent = event.sequence
            progress.waiting.append(event.sequence)
        if time.monotonic() - pinged > _PING_SECONDS:
            await channel.send({"type": "ping"})
            pinged = time.monotonic()
        if room <= 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await moved.wait()
