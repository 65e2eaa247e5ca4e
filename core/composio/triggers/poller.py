"""Poll the due instances of all projects, one poll per instance at a time, across processes."""

from __future__ import annotations

import functools
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread

from composio.errors import ComposioError
from composio.jobs.worker import Widths, Worker
from composio.model.job import Job
from composio.model.trigger import Request, TriggerModel
from composio.model.trigger_instance import LATE_SECONDS, TriggerInstance
from composio.process.chance import CHANCE
from composio.store.claims import Lease
from composio.store.gathering import Gathering
from composio.store.triggers import events, polls
from composio.store.triggers.polls import Busy, Claimed, PollResult
from composio.triggers.host import RequestOwner, TriggerHost
from composio.triggers.polling import Answer, Poll, Polled, interval_of, poll
from composio.triggers.receiving import EventReceiver, event_of

__all__ = ["Poller", "next_poll", "retry_at"]

log = logging.getLogger("composio.triggers")
T = TypeVar("T")
_LEASE: Final = 60.0
# How often to poll for events that webhooks missed, and the longest delay after failures.
_RECONCILE, _LONGEST = 900.0, 3600.0
# How often lateness and the clock are checked.
_LOOK: Final = 30.0
# Most of what polls wait for is an API's answer. Fewer than the pool has connections, which agents' calls need too. What becomes
# due within a tenth of a second is claimed together.
_WIDTHS: Final = Widths(most=180, lane=8, failing=1, batch=64, pause=0.1)
# The maximum share of places for one app.
_SHARE: Final = 2
_CONNECTION: Final = "connection:"
# Cached per trigger: checking it looks at all its expressions.
_READING: dict[str, tuple[object, bool]] = {}


@dataclass(frozen=True, slots=True)
class _Step:
    """The next step of a poll: a request to send, or the final result."""

    request: Request | None = None
    polled: Polled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePoll:
    """A due instance with its trigger, or the reason why the trigger is unknown."""

    claimed: Claimed
    trigger: TriggerModel | ComposioError

    @property
    def id(self) -> str:
        return self.claimed.instance.id


class Poller:
    """Polls the instances of all projects. A slow upstream does not delay the others.

    An instance's *lane* is its connection: a connection with many instances polls only some at once, and fewer while they fail.
    No app has more than half of all places. ``chance`` gives numbers from 0 to 1 for jitter, so that instances enabled together
    are not polled together.
    """

    def __init__(
        self,
        host: TriggerHost,
        *,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = CHANCE,
        widths: Widths = _WIDTHS,
        late_seconds: float = LATE_SECONDS,
    ) -> None:
        self._host, self._now, self._chance = host, now, chance
        self._share = max(1, widths.most // _SHARE)
        self._late_seconds = late_seconds
        self._part = host.part(None)
        self._worker: Worker[DuePoll] = Worker(self, now=now, widths=widths, lease_seconds=_LEASE)
        self._results = Gathering(self._store)
        # The instances that this process polls, with their app; and until when an API asked to pause a connection.
        self._running: dict[str, str] = {}
        self._pauses: dict[str, float] = {}
        self._looked = 0.0

    async def run(self) -> None:
        """Poll until :meth:`stop` is called or this is cancelled."""
        try:
            await self._worker.run()
        finally:
            await self._leave()

    async def run_due(self) -> int:
        """Poll due instances until there are none. Returns the number of polls."""
        return await self._worker.run_due()

    def stop(self) -> None:
        """End :meth:`run` once the running polls are done. Callable from any thread."""
        self._worker.stop()

    def wake(self) -> None:
        """Look for due instances now: one was enabled. Callable from any thread."""
        self._worker.wake()

    async def fetch(self, receiver: EventReceiver, job: Job) -> None:
        """Run a ``FETCH`` job. Raises ComposioError if the provider does not answer, so that it is retried."""
        wanted = await self._work(functools.partial(receiver.to_fetch, job))
        if wanted is None or wanted[1] is None:
            return
        answer = await self._host.send(*wanted)
        if answer.error is not None:
            raise ComposioError(answer.error)
        await self._work(functools.partial(receiver.fetch, job, answer.data))

    # The interface that the worker uses

    def claim(self, lease: Lease, limit: int, skip: Collection[str]) -> list[DuePoll]:
        """Claim due instances. One that this process still polls keeps its poll, even if its lease expired."""
        self._look_around(lease.now)
        found = polls.claim_due(self._part, lease, limit, busy=self._busy(skip))
        counts, fresh, excess = self._count(), [], []
        for one in found:
            if one.instance.id in self._running:
                continue
            if counts[one.instance.app] >= self._share:
                excess.append(one.instance.id)
                continue
            counts[one.instance.app] += 1
            fresh.append(one)
        polls.give_back(self._part, lease.owner, excess)
        self._running |= {one.instance.id: one.instance.app for one in fresh}
        return [DuePoll(claimed=one, trigger=self._find(one.instance)) for one in fresh]

    def next_due(self, now: float, skip: Collection[str]) -> float | None:
        """Return when the next instance is due."""
        return polls.next_due(self._part, now, busy=self._busy(skip))

    def give_back(self, owner: str, items: Sequence[DuePoll]) -> None:
        """Release instances that were not started."""
        ids = [one.id for one in items]
        polls.give_back(self._part, owner, ids)
        for id_ in ids:
            self._running.pop(id_, None)

    def prolong(self, lease: Lease, items: Sequence[DuePoll]) -> None:
        """Extend the lease of longer polls."""
        polls.prolong(self._part, lease, [one.id for one in items])

    def lane_of(self, item: DuePoll) -> str:
        """Return its connection; an instance without one shares nothing slow."""
        instance = item.claimed.instance
        return f"{_CONNECTION}{instance.connection_id}" if instance.connection_id else instance.id

    async def work(self, item: DuePoll, owner: str) -> bool:
        """Poll one instance and store the result. If cancelled, it is released at the end of :meth:`run`."""
        try:
            went_well = await self._settle(item, owner)
        except Exception:
            self._running.pop(item.id, None)
            raise
        self._running.pop(item.id, None)
        return went_well

    async def _settle(self, item: DuePoll, owner: str) -> bool:
        instance = item.claimed.instance
        if self._pauses.get(instance.connection_id, 0.0) > self._now():
            await self._work(functools.partial(polls.give_back, self._part, owner, [instance.id]))
            return True
        try:
            result = await self._poll(item)
        except Exception as error:
            if not isinstance(error, ComposioError):
                log.exception("polling %s of %s failed", instance.id, instance.trigger)
            said = str(error) if isinstance(error, ComposioError) else f"Polling failed: {type(error).__name__}."
            result = self._fail(item, said, None)
        if not await self._results.add(result):
            log.warning("another process polled %s meanwhile, or it was removed: these results are dropped", instance.id)
        return not result.failed

    # One poll

    async def _poll(self, item: DuePoll) -> PollResult:
        claimed, trigger, now = item.claimed, item.trigger, self._now()
        instance = claimed.instance
        if isinstance(trigger, ComposioError):
            return self._fail(item, str(trigger), None)
        if trigger.poll is None or (instance.source == "webhook" and not trigger.poll.reconciles):
            return PollResult(instance_id=instance.id, now=now, next_poll=None, cursor=claimed.cursor)
        values = {}
        if instance.connection_id and _reads_connection(trigger):
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
            if polled.retry_after is not None and instance.connection_id:
                self._pauses[instance.connection_id] = self._now() + min(polled.retry_after, _LONGEST)
            return self._fail(item, polled.error, polled.retry_after)
        if polled.warning is not None:
            log.warning("%s of %s: %s", instance.id, instance.trigger, polled.warning)
        return PollResult(
            instance_id=instance.id,
            now=now,
            next_poll=next_poll(instance, trigger, polled, now=self._now(), chance=self._chance()),
            events=[event_of(instance, found, now) for found in polled.events],
            cursor=polled.cursor,
            error=polled.warning,
        )

    async def _drive(self, run: Poll, caller: RequestOwner) -> Polled:
        step = _advance(run, None)  # the first request is already built
        while step.polled is None:
            assert step.request is not None
            answer = await self._host.send(caller, step.request)
            step = await self._work(functools.partial(_advance, run, answer))
        return step.polled

    def _fail(self, item: DuePoll, error: str, retry_after: float | None) -> PollResult:
        now, instance = self._now(), item.claimed.instance
        interval = _LONGEST if isinstance(item.trigger, ComposioError) else _interval(instance, item.trigger)
        following = retry_at(interval, instance.failures, retry_after, now=now, chance=self._chance())
        log.info("polling %s of %s failed: %s", instance.id, instance.trigger, error)
        return PollResult(instance_id=instance.id, now=now, next_poll=following, error=error, failed=True)

    def _store(self, results: Sequence[PollResult]) -> list[bool]:
        """Store the results. Returns for each whether this process still held its instance."""
        return [made is not None for made in events.record_polls(self._part, self._worker.owner, results)]

    def _find(self, instance: TriggerInstance) -> TriggerModel | ComposioError:
        try:
            return self._host.known.find(instance.trigger)
        except ComposioError as error:
            return error

    # Limits and fairness

    def _busy(self, skip: Collection[str]) -> Busy:
        now = self._now()
        self._pauses = {id_: until for id_, until in self._pauses.items() if now < until <= now + _LONGEST}
        lanes = {name.removeprefix(_CONNECTION) for name in skip if name.startswith(_CONNECTION)}
        full = [app for app, count in self._count().items() if count >= self._share]
        return Busy(connections=lanes | set(self._pauses), apps=full)

    def _count(self) -> Counter[str]:
        """Count the instances of each app that this process polls."""
        return Counter(list(self._running.values()))

    def _look_around(self, now: float) -> None:
        """Check from time to time whether the clock was set back, and whether pollers keep up."""
        if abs(now - self._looked) < _LOOK:
            return
        self._looked = now
        if count := polls.rewind(self._part, now):
            log.warning("the clock was set back: %d instances that waited for a time long past are polled now", count)
        left_alone = Busy(connections=[id_ for id_, until in self._pauses.items() if until > now])
        late, since = polls.count_late(self._part, now, seconds=self._late_seconds, busy=left_alone)
        if late and since is not None:
            log.error(
                "%d instances are polled late, one of them by %.0f seconds: there are too few pollers, or they are too slow",
                late,
                now - since,
            )

    async def _leave(self) -> None:
        """Release polls that were cancelled: others need not wait until the leases expire."""
        left, self._running = sorted(self._running), {}
        if left:
            with anyio.CancelScope(shield=True):
                await self._work(functools.partial(polls.give_back, self._part, self._worker.owner, left))

    async def _work(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work)


def next_poll(instance: TriggerInstance, trigger: TriggerModel, polled: Polled, *, now: float, chance: float) -> float | None:
    """Return when to poll again after a success; None for never. ``chance`` is from 0 to 1."""
    if trigger.poll is not None and trigger.poll.schedule:
        return polled.next_at
    if polled.more:
        return now
    interval = _interval(instance, trigger) * (0.95 + chance / 10)
    on_time = (instance.next_poll or now) + interval
    return on_time if on_time > now else now + interval


def retry_at(interval: float, failures: int, retry_after: float | None, *, now: float, chance: float) -> float:
    """Return when to retry after ``failures`` failures: twice the delay each time, or the provider's Retry-After.

    After a mere rate limit, polling continues as usual.
    """
    if retry_after is not None:
        return now + max(interval, min(retry_after, 24 * _LONGEST)) + interval * chance / 20
    return now + min(_LONGEST, interval * 2.0 ** min(failures + 1, 12)) * (0.8 + chance * 0.2)


def _interval(instance: TriggerInstance, trigger: TriggerModel) -> float:
    own = interval_of(trigger, instance.config)
    return max(own, _RECONCILE) if instance.source == "webhook" else own


def _advance(run: Poll, answer: Answer | None) -> _Step:
    try:
        return _Step(request=next(run) if answer is None else run.send(answer))
    except StopIteration as stop:
        found: Any = stop.value
        return _Step(polled=found)


def _reads_connection(trigger: TriggerModel) -> bool:
    """Return whether its requests use values of a connection."""
    known = _READING.get(trigger.slug)
    if known is None or known[0] is not trigger.poll:
        known = _READING[trigger.slug] = trigger.poll, "connection." in repr(trigger.poll)
    return known[1]
