"""Events of users' apps, as surfaces ask for them: listening, looking at what came, sending it again, and where it is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, Unpack

from composio.model.event_data import EventSelection, TriggerEventData

if TYPE_CHECKING:
    from composio.triggers.streams import EventStream

__all__ = ["EventService"]


class EventService(Protocol):
    """What happened. Sequences grow with every event; callback URLs have ids ``cb_...``."""

    def listening(self) -> AbstractAsyncContextManager[None]:
        """While it is open, events come in: a process that has no server polls, receives and delivers by itself."""
        ...

    def stream(self, cursor: int | None = None) -> AbstractAsyncContextManager[EventStream]:
        """The events behind ``cursor``, or those that come from now on, for one listener.

        Raises ``InvalidRequest`` for a cursor whose events are not kept any more, where that is a server's to say.
        """
        ...

    async def newest(self) -> int:
        """The sequence of the last event that there is, for whoever wants what comes from now on."""
        ...

    async def after(self, sequence: int, *, limit: int = 100, wait: float = 0.0) -> Sequence[TriggerEventData]:
        """The events behind ``sequence``, in order. None is left out that comes to be seen later.

        Where there is none yet it waits for one, ``wait`` seconds at most.
        """
        ...

    async def is_too_old(self, sequence: int, seconds: float) -> bool:
        """Whether an event behind ``sequence`` is older than that, and so may not be given by :meth:`after`."""
        ...

    async def trigger_names(self, name: str) -> Collection[str]:
        """Every name of a trigger. Raises ``TriggerNotFound`` for one that is not known."""
        ...

    async def log(self, **which: Unpack[EventSelection]) -> list[Mapping[str, Any]]:
        """Events, newest first, each with its deliveries and how they stand; JSON-ready."""
        ...

    async def event(self, event_id: str) -> Mapping[str, Any]:
        """One event with its payload, its deliveries and each of their attempts. Raises InvalidRequest for an unknown id."""
        ...

    async def resend(self, event_ids: Sequence[str] = (), *, callback_id: str | None = None, since: float = 0.0) -> int:
        """Deliver events once more under their ids; without ids, what failed for good. How many deliveries that is."""
        ...

    async def callbacks(self) -> list[Mapping[str, Any]]:
        """The callback URLs, without their secrets."""
        ...

    async def set_callback(
        self,
        url: str,
        *,
        trigger_id: str | None = None,
        format: str | None = None,  # noqa: A002 - the field's name
        ordered: bool = False,
    ) -> Mapping[str, Any]:
        """Send events there, or one trigger instance's; with the secret that signs them."""
        ...

    async def callback(self, callback_id: str, *, secret: bool = False) -> Mapping[str, Any]: ...

    async def rotate_callback(self, callback_id: str) -> Mapping[str, Any]:
        """Give it a new secret, which is shown; the former one signs beside it for a day."""
        ...

    async def enable_callback(self, callback_id: str, *, enabled: bool = True) -> Mapping[str, Any]: ...

    async def remove_callback(self, callback_id: str) -> None: ...
