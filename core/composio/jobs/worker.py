"""A loop that claims rows in batches and works on many at once. A slow destination does not delay the others.

A claim is a lease: when a worker dies, others take its rows once the lease has expired. Rows of one *lane* share something that
may be slow. A lane has a width, and a smaller one while its rows fail: a destination that does not answer for fifteen seconds
occupies two places, not all of them.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from composio.errors import ComposioError
from composio.store.claims import Lease

__all__ = ["Supply", "Widths", "Worker"]

log = logging.getLogger("composio.jobs")
T = TypeVar("T")
R = TypeVar("R")


class Supply(Protocol[T]):
    """The source of a worker's items. Methods that are not coroutines block, and run on a thread."""

    def claim(self, lease: Lease, limit: int, skip: Collection[str]) -> Sequence[T]:
        """Claim up to ``limit`` due items, none from the lanes ``skip``."""
        ...

    def next_due(self, now: float, skip: Collection[str]) -> float | None:
        """Return when the next unclaimed item is due; None if there is none."""
        ...

    def give_back(self, owner: str, items: Sequence[T]) -> None:
        """Release claimed items that were not started."""
        ...

    def prolong(self, lease: Lease, items: Sequence[T]) -> None:
        """Extend the lease of items that take longer."""
        ...

    def lane_of(self, item: T) -> str:
        """Return the lane: what the item shares with others that may be slow."""
        ...

    async def work(self, item: T, owner: str, /) -> bool:
        """Process the item and store the outcome. Returns False if it failed, which narrows its lane."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """Limits: ``most`` items per worker, items of a lane at once, and items of a failing lane.

    ``batch`` is the size of a claim. ``pause`` is the number of seconds between two claims, so that items that become due
    meanwhile are claimed together.
    """

    most: int = 512
    lane: int = 16
    failing: int = 2
    batch: int = 64
    pause: float = 0.0


@dataclass(slots=True)
class _Lane(Generic[T]):
    running: int = 0
    waiting: deque[T] = field(default_factory=deque)


class Worker(Generic[T]):
    """Works on the items of ``supply``. ``now`` is the clock for due times, in seconds since 1970.

    ``look_seconds`` is the interval between looks for items stored by other processes; :meth:`wake` looks at once.
    """

    def __init__(
        self,
        supply: Supply[T],
        *,
        now: Callable[[], float] = time.time,
        widths: Widths | None = None,
        lease_seconds: float = 60.0,
        look_seconds: float = 1.0,
    ) -> None:
        self.owner = secrets.token_hex(8)
        self._supply, self._now, self._widths = supply, now, widths or Widths()
        self._lease_seconds, self._look_seconds = lease_seconds, look_seconds
        self._lanes: dict[str, _Lane[T]] = {}
        self._failing: set[str] = set()
        self._held: dict[int, T] = {}  # by identity: items are large and slow to compare
        self._is_crowded = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._stopping = False
        self._done = 0

    def wake(self) -> None:
        """Look for due items now. Callable from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._changed.set)

    def stop(self) -> None:
        """Start nothing more; :meth:`run` ends once the started items have ended. Callable from any thread."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Work until :meth:`stop`. If the database is unavailable, the work resumes once it is back."""
        await self._serve(only_due=False)

    async def run_due(self) -> int:
        """Work until nothing is due. Returns the number of items."""
        before = self._done
        await self._serve(only_due=True)
        return self._done - before

    async def _serve(self, *, only_due: bool) -> None:
        self._loop, self._changed = asyncio.get_running_loop(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            keeper = tasks.create_task(self._keep())
            while not self._stopping:
                self._changed.clear()
                try:
                    if await self._fill(tasks):
                        continue
                    # Items that have ended may have made room for skipped ones.
                    if only_due and not self._held and not self._changed.is_set():
                        break
                    await self._pause()
                except ComposioError as error:  # the database is unavailable: waiting loses nothing
                    if only_due:
                        raise
                    log.warning("due jobs can't be read, trying again: %s", error)
                    await asyncio.sleep(self._look_seconds)
            await self._return_waiting()
            while self._held:
                self._changed.clear()
                await self._changed.wait()
            keeper.cancel()
        self._loop, self._stopping = None, False

    async def _fill(self, tasks: asyncio.TaskGroup) -> int:
        """Claim a batch and start the items that fit their lanes. Returns the number of new items."""
        widths = self._widths
        room = min(widths.batch, widths.most - len(self._held))
        self._is_crowded = room < widths.batch
        if room <= 0:
            return 0
        claimed = await _thread(self._supply.claim, self._lease(), room, self._full_lanes())
        excess: list[T] = []
        for item in claimed:
            name = self._supply.lane_of(item)
            lane = self._lanes.setdefault(name, _Lane())
            if lane.running < self._width(name):
                self._begin(tasks, name, item)
            elif len(lane.waiting) < (widths.lane if name in self._failing else 2 * widths.batch):
                lane.waiting.append(item)
                self._held[id(item)] = item
            else:
                excess.append(item)
        if excess:
            await _thread(self._supply.give_back, self.owner, excess)
        return len(claimed) - len(excess)

    def _begin(self, tasks: asyncio.TaskGroup, name: str, item: T) -> None:
        self._lanes[name].running += 1
        self._held[id(item)] = item
        tasks.create_task(self._do(tasks, name, item))

    async def _do(self, tasks: asyncio.TaskGroup, name: str, item: T) -> None:
        went_well = False
        try:
            went_well = await self._supply.work(item, self.owner)
        except Exception:
            log.exception("an item was not finished; it is taken again once its lease has ended")
        (self._failing.discard if went_well else self._failing.add)(name)
        self._done += 1
        del self._held[id(item)]
        lane = self._lanes[name]
        lane.running -= 1
        while lane.waiting and lane.running < self._width(name) and not self._stopping:
            following = lane.waiting.popleft()
            self._begin(tasks, name, following)
        if not lane.running and not lane.waiting:
            del self._lanes[name]
        # A look after each item would cost more than the look finds.
        if not self._is_full(lane, name) or not self._held or self._has_room_again():
            self._changed.set()

    def _width(self, name: str) -> int:
        return self._widths.failing if name in self._failing else self._widths.lane

    def _is_full(self, lane: _Lane[T], name: str) -> bool:
        """Return whether a lane has enough waiting items until the next claim."""
        return len(lane.waiting) >= (1 if name in self._failing else self._widths.lane)

    def _full_lanes(self) -> set[str]:
        return {name for name, lane in self._lanes.items() if self._is_full(lane, name)}

    def _has_room_again(self) -> bool:
        return self._is_crowded and len(self._held) <= self._widths.most - self._widths.batch

    def _lease(self) -> Lease:
        return Lease(self.owner, self._now(), self._lease_seconds)

    async def _pause(self) -> None:
        """Wait until an item is due, an item has ended, or :meth:`wake` is called."""
        seconds = self._look_seconds
        if len(self._held) < self._widths.most:
            due = await _thread(self._supply.next_due, self._now(), self._full_lanes())
            if due is not None:
                seconds = min(seconds, max(due - self._now(), 0.001))
        pause = min(self._widths.pause, seconds)
        if pause and not self._stopping:
            await asyncio.sleep(pause)
        try:
            async with asyncio.timeout(seconds - pause):
                await self._changed.wait()
        except TimeoutError:
            pass

    async def _keep(self) -> None:
        """Extend the lease of items that run longer than a lease."""
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            if held := list(self._held.values()):
                try:
                    await _thread(self._supply.prolong, self._lease(), held)
                except ComposioError as error:
                    log.warning("leases can't be prolonged, trying again: %s", error)

    async def _return_waiting(self) -> None:
        waiting = [item for lane in self._lanes.values() for item in lane.waiting]
        for lane in self._lanes.values():
            lane.waiting.clear()
        if waiting:
            for item in waiting:
                del self._held[id(item)]
            try:
                await _thread(self._supply.give_back, self.owner, waiting)
            except ComposioError as error:
                log.warning("jobs that were not started are retried once their lease has ended: %s", error)


async def _thread(function: Callable[..., R], *arguments: object) -> R:
    return await asyncio.to_thread(functools.partial(function, *arguments))
