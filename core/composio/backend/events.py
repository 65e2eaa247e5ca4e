"""The interface of events: listening, reading, resending, and callback URLs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, Unpack

from composio.model.event_data import EventSelection, TriggerEventData

if TYPE_CHECKING:
    from composio.triggers.streams import EventStream

__all__ = ["EventService"]


class EventService(Protocol):
    """Stored events. Sequences grow with every event; callback URLs have ids ``cb_...``."""

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Bring in events while it is open. A process without a server polls, receives and delivers itself."""
        ...

    def stream(self, cursor: int | None = None) -> AbstractAsyncContextManager[EventStream]:
        """Return a listener's stream of events after ``cursor``, or of new events.

        A server raises ``InvalidRequest`` for a cursor whose events are no longer stored.
        """
        ...

    async def newest(self) -> int:
        """Return the sequence of the newest event, as a cursor for new events."""
        ...

    async def after(self, sequence: int, *, limit: int = 100, wait: float = 0.0) -> Sequence[TriggerEventData]:
        """Return the events after ``sequence``, in order. It never skips an event that is committed later.

        If there is none yet, it waits for one, at most ``wait`` seconds.
        """
        ...

    async def is_too_old(self, sequence: int, seconds: float) -> bool:
        """Return whether an event after ``sequence`` is too old for :meth:`after`."""
        ...

    async def trigger_names(self, name: str) -> Collection[str]:
        """Return every name of a trigger. Raises ``TriggerNotFound``."""
        ...

    async def log(self, **which: Unpack[EventSelection]) -> list[Mapping[str, Any]]:
        """List events, newest first, each with the state of its deliveries; JSON-ready."""
        ...

    async def event(self, event_id: str) -> Mapping[str, Any]:
        """Return one event with its payload, its deliveries and each attempt. Raises InvalidRequest for an unknown id."""
        ...

    async def resend(self, event_ids: Sequence[str] = (), *, callback_id: str | None = None, since: float = 0.0) -> int:
        """Deliver events again under their ids; without ids, those that failed finally. Returns the number of deliveries."""
        ...

    async def callbacks(self) -> list[Mapping[str, Any]]:
        """List the callback URLs, without their secrets."""
        ...

    async def set_callback(
        self,
        url: str,
        *,
        trigger_id: str | None = None,
        format: str | None = None,  # noqa: A002 - the field's name
        ordered: bool = False,
    ) -> Mapping[str, Any]:
        """Send events, or those of one trigger instance, to a URL. Returns it with the signing secret."""
        ...

    async def callback(self, callback_id: str, *, secret: bool = False) -> Mapping[str, Any]: ...

    async def rotate_callback(self, callback_id: str) -> Mapping[str, Any]:
        """Replace the secret and return the new one. The former secret also signs for a day."""
        ...

    async def enable_callback(self, callback_id: str, *, enabled: bool = True) -> Mapping[str, Any]: ...

    async def remove_callback(self, callback_id: str) -> None: ...
