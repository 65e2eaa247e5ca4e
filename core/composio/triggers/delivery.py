"""Deliver events to callback URLs: claim them in batches, send them, and record every attempt.

A delivery is a row written with its event, so a crash loses nothing. If a process is killed between sending and recording, the
delivery is sent again under the same id.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from composio.jobs.worker import Widths, Worker
from composio.model.event_data import EventConnection, EventMetadata, TriggerEventData
from composio.model.secret import Secret
from composio.model.trigger_event import Attempt, Delivery, DeliveryStatus, Destination, TriggerEvent
from composio.process.chance import CHANCE
from composio.store.bell import Topic
from composio.store.claims import Lease
from composio.store.gathering import Gathering
from composio.store.projects import Partition
from composio.store.triggers import deliveries as queries
from composio.store.triggers import events, outcomes
from composio.store.triggers.outcomes import Ended
from composio.triggers.retrying import PAUSE_SECONDS, Answered, Health, Outlook, judge
from composio.triggers.sending import Letter, Post, Receipt
from composio.triggers.shapes import make_body

__all__ = ["Deliverer", "Directory", "Mailbox", "Parcel", "data_of"]

log = logging.getLogger("composio.triggers")
# Every new event wakes the deliverer; if nothing was due, it looks again after this delay.
_WIDTHS: Final = Widths(pause=0.02)
# How many seconds a destination is cached.
_KNOWN_SECONDS: Final = 1.0
_DAYS: Final = round(PAUSE_SECONDS / 86400)
_STATUS = {Outlook.DELIVERED: DeliveryStatus.DELIVERED, Outlook.RETRY: DeliveryStatus.PENDING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A destination with its current signing secrets, the newest first. ``guarded``: a tenant chose the address."""

    destination: Destination
    secrets: Sequence[Secret] = field(repr=False)
    guarded: bool = True


class Directory(Protocol):
    """Reads and decrypts destinations. Blocking."""

    def open(self, project: str, destination_id: str) -> Mailbox | None:
        """Return one destination; None if it is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed delivery with its event and destination; None for those that are gone."""

    delivery: Delivery
    event: TriggerEvent | None
    address: Mailbox | None


def data_of(event: TriggerEvent) -> TriggerEventData:
    """Convert an event to the form that user code gets."""
    payload, original = event.payload, event.original
    return TriggerEventData(
        appName=event.app,
        payload=_as_dict(payload),
        originalPayload=_as_dict(original),
        metadata=EventMetadata(
            id=event.instance_id,
            triggerName=event.trigger,
            connectionId=event.connection_id,
            triggerConfig=event.config,
            connection=EventConnection(
                id=event.connection_id,
                integrationId=event.integration_id,
                clientUniqueUserId=event.entity_id,
                status="ACTIVE",  # the event arrived through it
            ),
        ),
        id=event.id,
        timestamp=event.received_at,
        sequence=event.sequence or 0,
    )


def _as_dict(value: Any) -> dict[str, Any]:
    """Wrap a payload that is not an object, so that user code can find it."""
    if value is None:
        return {}
    return dict(value) if isinstance(value, Mapping) else {"value": value}


class Deliverer:
    """Delivers due rows of ``part``: a project's, or with the operator's those of all projects.

    ``post`` sends one letter. ``now`` is the clock; ``chance`` gives numbers between 0 and 1 for the jitter.
    """

    def __init__(
        self,
        part: Partition,
        addresses: Directory,
        post: Post,
        *,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = CHANCE,
        widths: Widths | None = None,
        look_seconds: float = 1.0,
    ) -> None:
        self._part, self._addresses, self._post = part, addresses, post
        self._now, self._chance = now, chance
        self._known: dict[str, tuple[float, Mailbox | None]] = {}
        self._health: dict[str, Health] = {}
        self.worker: Worker[Parcel] = Worker(self, now=now, widths=widths or _WIDTHS, look_seconds=look_seconds)
        self._notes = Gathering(self._end)

    def _end(self, ended: Sequence[Ended]) -> list[None]:
        outcomes.finish_many(self._part, self.worker.owner, ended)
        return [None] * len(ended)

    async def run(self) -> None:
        """Deliver until :meth:`stop`."""
        with self._part.bell.hearing(Topic.EVENTS, self.wake):
            await self.worker.run()

    async def run_due(self) -> int:
        """Deliver until nothing is due. Returns the number of attempts."""
        return await self.worker.run_due()

    def wake(self) -> None:
        """Deliver newly stored events at once. Callable from any thread."""
        self.worker.wake()

    def stop(self) -> None:
        """End :meth:`run` once the running deliveries are done. Callable from any thread."""
        self.worker.stop()

    # The interface that the worker uses

    def claim(self, lease: Lease, limit: int, skip: Collection[str]) -> list[Parcel]:
        """Claim due deliveries with their events and destinations."""
        claimed = queries.claim_due(self._part, lease, limit, skip=skip)
        ids = {one.event_id for one in claimed}
        found = events.list_events(self._part, events.EventQuery(ids=ids, limit=len(ids))) if ids else []
        by_id = {one.id: one for one in found}
        return [Parcel(delivery=one, event=by_id.get(one.event_id), address=self._open(one)) for one in claimed]

    def _open(self, delivery: Delivery) -> Mailbox | None:
        now, id_ = time.monotonic(), delivery.destination_id
        known = self._known.get(id_)
        if known is None or now - known[0] > _KNOWN_SECONDS:
            known = self._known[id_] = now, self._addresses.open(delivery.project, id_)
        return known[1]

    def next_due(self, now: float, skip: Collection[str]) -> float | None:
        """Return when the next delivery is due."""
        return queries.next_due(self._part, now, skip=skip)

    def give_back(self, owner: str, items: Sequence[Parcel]) -> None:
        """Release deliveries that were not sent."""
        queries.give_back(self._part, owner, [one.delivery.id for one in items])

    def prolong(self, lease: Lease, items: Sequence[Parcel]) -> None:
        """Extend the lease of deliveries that wait for others of their destination."""
        outcomes.prolong(self._part, lease, [one.delivery.id for one in items])

    def lane_of(self, item: Parcel) -> str:
        """Return its destination."""
        return item.delivery.destination_id

    async def work(self, item: Parcel, _owner: str) -> bool:
        """Send one delivery and record the result."""
        started, clock = self._now(), time.monotonic()
        address, event = item.address, item.event
        if address is None or not address.destination.enabled or event is None:
            gone = "the event is gone" if event is None else "the destination is gone"
            why = (
                gone
                if address is None or event is None
                else f"the destination is off: {address.destination.reason or 'disabled'}"
            )
            attempt = Attempt(
                delivery_id=item.delivery.id, number=item.delivery.attempts, started_at=started, seconds=0.0, error=why
            )
            await self._notes.add(Ended(attempt=attempt, status=DeliveryStatus.FAILED))
            return True
        receipt = await self._send(address, event, started)
        attempt = Attempt(
            delivery_id=item.delivery.id,
            number=item.delivery.attempts,
            started_at=started,
            seconds=time.monotonic() - clock,
            http_status=receipt.answered.status,
            error=receipt.error,
            answer=receipt.answer,
        )
        verdict = judge(receipt.answered, item.delivery.attempts, now=self._now(), chance=self._chance())
        is_off = await self._note_health(address.destination, receipt.answered, verdict.outlook)
        status = _STATUS.get(verdict.outlook, DeliveryStatus.FAILED)
        if is_off and status is DeliveryStatus.PENDING:
            status = DeliveryStatus.FAILED
        due = verdict.due if status is DeliveryStatus.PENDING else None
        await self._notes.add(Ended(attempt=attempt, status=status, due=due))
        return receipt.answered.is_taken

    async def _send(self, address: Mailbox, event: TriggerEvent, now: float) -> Receipt:
        destination = address.destination
        letter = Letter(
            id=event.id,
            url=Secret(destination.url),
            body=make_body(data_of(event), destination.format),
            secrets=address.secrets,
            guarded=address.guarded,
        )
        return await self._post(letter, now)

    async def _note_health(self, destination: Destination, answered: Answered, outlook: Outlook) -> bool:
        """Update the destination's health if it changed. Returns True if it is off now."""
        before = self._health.get(destination.id)
        if before is None or (before.paused_at is None) != destination.enabled:
            before = Health(failing_since=destination.failing_since)
        after = before.after(answered, now=self._now())
        self._health[destination.id] = after
        if outlook is Outlook.GONE:
            await self._switch_off(destination, "it answered 410: it wants no more events")
            return True
        if after.paused_at is not None:
            if before.paused_at is None:
                await self._switch_off(destination, f"it has accepted nothing for {_DAYS} days")
            return True
        if after.failing_since != before.failing_since:
            change = functools.partial(queries.update_destination, self._part, destination.id, now=self._now())
            await asyncio.to_thread(change, failing_since=after.failing_since)
        return False

    async def _switch_off(self, destination: Destination, reason: str) -> None:
        await asyncio.to_thread(outcomes.switch_off, self._part, destination.id, now=self._now(), reason=reason)
        self._known.pop(destination.id, None)
        log.error(
            "deliveries to callback URL %s stop, as %s. `composio triggers callbacks enable %s` begins again, and"
            " `composio triggers resend --failed` sends what it missed.",
            destination.id,
            reason,
            destination.id,
        )
