"""Polls the instances whose time has come, of all projects, one at a time each however many processes do so."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread

from composio.errors import ComposioError, TriggerNotFound
from composio.model.job import Job
from composio.model.trigger import Request, TriggerModel
from composio.model.trigger_instance import TriggerInstance
from composio.process.chance import CHANCE
from composio.store.claims import Lease
from composio.store.triggers import events, instances
from composio.store.triggers.instances import Claimed
from composio.triggers.host import RequestOwner, TriggerHost
from composio.triggers.polling import Answer, Poll, Polled, interval_of, poll
from composio.triggers.receiving import EventReceiver, event_of
from composio.triggers.waiting import Waiting

__all__ = ["Poller", "next_poll", "retry_at"]

log = logging.getLogger("composio.triggers")
T = TypeVar("T")
_LEASE: Final = 120.0
# How often what webhooks missed is looked for, and the longest pause after failures.
_RECONCILE, _LONGEST = 900.0, 3600.0
# A poll that is later than this, or than its interval, is an error of whoever runs the poller.
_LATE: Final = 60.0
_SHORTEST_WAIT, _LONGEST_WAIT = 0.05, 5.0


@dataclass(frozen=True, slots=True)
class _Step:
    """What a poll wants next: a request to send, or to end with what it found."""

    request: Request | None = None
    polled: Polled | None = None


class Poller:
    """``owner`` is a name that no other process has; ``at_once`` is how many instances are polled at the same time.

    ``chance`` gives numbers from 0 to 1, which keep instances that were enabled together apart.
    """

    def __init__(
        self,
        host: TriggerHost,
        *,
        owner: str,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = CHANCE,
        at_once: int = 50,
    ) -> None:
        self._host, self._owner, self._now, self._chance, self._at_once = host, owner, now, chance, at_once
        self._stopped = False
        self._waiting = Waiting()

    async def run(self) -> None:
        """Poll until :meth:`stop` is called or this is cancelled."""
        while not self._stopped:
            self._waiting.begin()
            try:
                polled = await self.poll_due()
                due = None if polled == self._at_once else await self._work(self._next_due)
                wait = _LONGEST_WAIT if due is None else min(max(due - self._now(), _SHORTEST_WAIT), _LONGEST_WAIT)
            except ComposioError:  # the database is away: it may come back
                log.exception("polling pauses")
                polled, wait = 0, _LONGEST_WAIT
            if polled < self._at_once and not self._stopped:
                await self._waiting.wait(wait)

    def stop(self) -> None:
        """End :meth:`run` once the polls that are going on are done. From any thread."""
        self._stopped = True
        self._waiting.wake()

    def wake(self) -> None:
        """Look for work now: something was enabled. From any thread."""
        self._waiting.wake()

    async def poll_due(self) -> int:
        """Poll the instances whose time has come, at most ``at_once``; how many there were."""
        lease = Lease(self._owner, self._now(), _LEASE)
        part = self._host.part(None)
        claimed = await self._work(functools.partial(instances.claim_due, part, lease, self._at_once))
        left = {one.instance.id for one in claimed}
        try:
            async with anyio.create_task_group() as group:
                for one in claimed:
                    group.start_soon(self._poll_one, one, left)
        finally:
            if left:  # cancelled: others need not wait until the lease ends
                with anyio.CancelScope(shield=True):
                    await self._work(functools.partial(instances.give_back, part, self._owner, sorted(left)))
        return len(claimed)

    async def fetch(self, receiver: EventReceiver, job: Job) -> None:
        """Do a job of the kind ``FETCH``. Raises ComposioError if the provider has no answer, so that it is tried again."""
        wanted = await self._work(functools.partial(receiver.to_fetch, job))
        if wanted is None or wanted[1] is None:
            return
        answer = await self._host.send(*wanted)
        if answer.error is not None:
            raise ComposioError(answer.error)
        await self._work(functools.partial(receiver.fetch, job, answer.data))

    async def _poll_one(self, claimed: Claimed, left: set[str]) -> None:
        instance = claimed.instance
        try:
            await self._poll(claimed)
        except Exception as error:
            if not isinstance(error, ComposioError):
                log.exception("polling %s of %s failed", instance.id, instance.trigger)
            said = str(error) if isinstance(error, ComposioError) else f"Polling failed: {type(error).__name__}."
            await self._fail(instance, said, None)
        left.discard(instance.id)

    async def _poll(self, claimed: Claimed) -> None:
        instance, part = claimed.instance, self._host.part(claimed.instance.project)
        now = self._now()
        try:
            trigger = self._host.known.find(instance.trigger)
        except TriggerNotFound as error:
            await self._fail(instance, str(error), None)
            return
        if trigger.poll is None or (instance.source == "webhook" and not trigger.poll.reconciles):
            keep = functools.partial(events.record_poll, part, instance.id, self._owner, [])
            await self._work(functools.partial(keep, cursor=claimed.cursor, next_poll=None, now=now))
            return
        self._check_late(instance, trigger, now)
        values = {}
        if instance.connection_id and "connection." in repr(trigger.poll):
            values = dict(await self._work(lambda: self._host.connection_values(instance.project, instance.connection_id)))
        run = poll(
            trigger,
            claimed.cursor or {},
            config=instance.config,
            connection=values,
            # Nothing else changes an instance before its first poll.
            started=instance.updated_at,
            now=now,
        )
        polled = await self._drive(run, RequestOwner.of(instance, text=trigger.poll.read == "feed"))
        if polled.error is not None:
            await self._fail(instance, polled.error, polled.retry_after)
            return
        following = next_poll(instance, trigger, polled, now=self._now(), chance=self._chance())
        made = [event_of(instance, found, now) for found in polled.events]
        keep = functools.partial(events.record_poll, part, instance.id, self._owner, made)
        stored = await self._work(functools.partial(keep, cursor=polled.cursor, next_poll=following, now=now))
        if stored is None:
            log.warning("another process polled %s meanwhile, or it is gone: what was found is left to that", instance.id)
        elif polled.warning is not None:
            log.warning("%s of %s: %s", instance.id, instance.trigger, polled.warning)
            await self._work(
                functools.partial(instances.update, part, instance.id, now, last_error=polled.warning, last_error_at=now)
            )

    async def _drive(self, run: Poll, caller: RequestOwner) -> Polled:
        step = await self._work(lambda: _advance(run, None))
        while step.polled is None:
            assert step.request is not None
            answer = await self._host.send(caller, step.request)
            step = await self._work(functools.partial(_advance, run, answer))
        return step.polled

    async def _fail(self, instance: TriggerInstance, error: str, retry_after: float | None) -> None:
        now = self._now()
        try:
            interval = _interval(instance, self._host.known.find(instance.trigger))
        except TriggerNotFound:
            interval = _LONGEST
        following = retry_at(interval, instance.failures, retry_after, now=now, chance=self._chance())
        log.info("polling %s of %s failed: %s", instance.id, instance.trigger, error)
        part = self._host.part(instance.project)
        keep = functools.partial(instances.finish_poll, part, instance.id, self._owner)
        await self._work(functools.partial(keep, now=now, next_poll=following, error=error))

    def _check_late(self, instance: TriggerInstance, trigger: TriggerModel, now: float) -> None:
        late = now - (instance.next_poll or now)
        if late > max(_LATE, _interval(instance, trigger)):
            log.error("polling %s of %s is %.0f seconds late: there are too few pollers", instance.id, instance.trigger, late)

    def _next_due(self) -> float | None:
        return instances.next_due(self._host.part(None), self._now())

    async def _work(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work)


def next_poll(instance: TriggerInstance, trigger: TriggerModel, polled: Polled, *, now: float, chance: float) -> float | None:
    """When to poll again after a poll that worked; None for never. ``chance`` is from 0 to 1."""
    if trigger.poll is not None and trigger.poll.schedule:
        return polled.next_at
    if polled.more:
        return now
    interval = _interval(instance, trigger) * (0.95 + chance / 10)
    on_time = (instance.next_poll or now) + interval
    return on_time if on_time > now else now + interval


def retry_at(interval: float, failures: int, retry_after: float | None, *, now: float, chance: float) -> float:
    """When to try again what failed ``failures`` times before: twice as late each time, and not before the provider says."""
    pause = min(_LONGEST, interval * 2.0 ** min(failures + 1, 12)) * (0.8 + chance * 0.2)
    return now + max(pause, min(retry_after or 0.0, 24 * _LONGEST))


def _interval(instance: TriggerInstance, trigger: TriggerModel) -> float:
    own = interval_of(trigger, instance.config)
    return max(own, _RECONCILE) if instance.source == "webhook" else own


def _advance(run: Poll, answer: Answer | None) -> _Step:
    try:
        return _Step(request=next(run) if answer is None else run.send(answer))
    except StopIteration as stop:
        found: Any = stop.value
        return _Step(polled=found)
