"""A server's events. See :class:`composio.backend.EventService`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Unpack

from composio.errors import InvalidRequest, ServerUnavailable
from composio.model.event_data import EventSelection, TriggerEventData
from composio.remote.codec import encode
from composio.remote.requests import (
    EnableCallback,
    EventLog,
    EventsAfter,
    OfCallback,
    OfEvent,
    OfTrigger,
    ResendEvents,
    SetCallback,
)
from composio.remote.wire import ServerWire

if TYPE_CHECKING:
    from composio.triggers.streams import EventStream

__all__ = ["RemoteEvents"]

log = logging.getLogger("composio.triggers")
# How long events are redelivered.
KEPT_SECONDS: Final = 86400.0


class RemoteEvents:
    """Requests everything from the server, which polls, receives and delivers."""

    def __init__(self, wire: ServerWire) -> None:
        self._wire = wire

    async def _ask(self, what: str, body: Any, *, repeat: bool = False, seconds: float = 60.0) -> Any:
        return await self._wire.ask("POST", f"/events/{what}", encode(body), repeat=repeat, seconds=seconds)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def stream(self, cursor: int | None = None) -> AsyncIterator[EventStream]:
        """Use a WebSocket or, if there is none, poll; the log says why."""
        from composio.remote.sockets import NoSocket, open_stream

        try:
            stream = await open_stream(self._wire, cursor)
        except NoSocket as error:
            yield await self._ask_stream(cursor, str(error))
            return
        try:
            yield stream
        finally:
            await stream.aclose()

    async def _ask_stream(self, cursor: int | None, why: str) -> EventStream:
        from composio.remote.sockets import TOO_OLD
        from composio.triggers.streams import SequenceStream

        if cursor is not None and await self.is_too_old(cursor, KEPT_SECONDS):
            raise InvalidRequest(TOO_OLD)
        start = await self.newest() if cursor is None else cursor
        if why:
            log.warning("No WebSocket to %s: %s. Falling back to HTTP for events.", self._wire.url, why)
        return SequenceStream(self.after, start)

    async def newest(self) -> int:
        answer = await self._wire.ask("POST", "/events/newest", {}, repeat=True)
        return int(answer["sequence"])

    async def after(self, sequence: int, *, limit: int = 100, wait: float = 0.0) -> Sequence[TriggerEventData]:
        """Wait on the server for new events, so that they arrive immediately."""
        asked = EventsAfter(sequence=sequence, limit=limit, seconds=wait)
        answer = await self._ask("after", asked, repeat=True, seconds=wait + 40)
        try:
            return [TriggerEventData.of(one) for one in answer["events"]]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ServerUnavailable(f"{self._wire.url} sent events that can't be read here: {error!r}.") from None

    async def is_too_old(self, sequence: int, seconds: float) -> bool:
        answer = await self._ask("is_too_old", EventsAfter(sequence=sequence, seconds=seconds), repeat=True)
        return bool(answer["is_too_old"])

    async def trigger_names(self, name: str) -> Collection[str]:
        answer = await self._ask("trigger_names", OfTrigger(name=name), repeat=True)
        return frozenset(map(str, answer["names"]))

    async def log(self, **which: Unpack[EventSelection]) -> list[Mapping[str, Any]]:
        return list((await self._ask("log", EventLog(**which), repeat=True))["events"])

    async def event(self, event_id: str) -> Mapping[str, Any]:
        return _as_mapping(await self._ask("get", OfEvent(event_id=event_id), repeat=True))

    async def resend(self, event_ids: Sequence[str] = (), *, callback_id: str | None = None, since: float = 0.0) -> int:
        asked = ResendEvents(event_ids=tuple(event_ids), callback_id=callback_id, since=since)
        return int((await self._ask("resend", asked))["deliveries"])

    async def callbacks(self) -> list[Mapping[str, Any]]:
        return list((await self._wire.ask("POST", "/events/callbacks/list", {}, repeat=True))["callbacks"])

    async def set_callback(
        self,
        url: str,
        *,
        trigger_id: str | None = None,
        format: str | None = None,  # noqa: A002 - the field's name
        ordered: bool = False,
    ) -> Mapping[str, Any]:
        asked = SetCallback(url=url, trigger_id=trigger_id, format=format, ordered=ordered)
        return _as_mapping(await self._ask("callbacks/set", asked))

    async def callback(self, callback_id: str, *, secret: bool = False) -> Mapping[str, Any]:
        return _as_mapping(await self._ask("callbacks/get", OfCallback(callback_id=callback_id, secret=secret), repeat=True))

    async def rotate_callback(self, callback_id: str) -> Mapping[str, Any]:
        return _as_mapping(await self._ask("callbacks/rotate", OfCallback(callback_id=callback_id)))

    async def enable_callback(self, callback_id: str, *, enabled: bool = True) -> Mapping[str, Any]:
        return _as_mapping(await self._ask("callbacks/enable", EnableCallback(callback_id=callback_id, enabled=enabled)))

    async def remove_callback(self, callback_id: str) -> None:
        await self._ask("callbacks/remove", OfCallback(callback_id=callback_id))


def _as_mapping(answer: Any) -> Mapping[str, Any]:
    return dict(answer)
