"""An engine that stores jobs in the database of connections, SQLite or PostgreSQL, and claims them by leases in batches."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence

from composio.jobs.port import Handlers, pause_after
from composio.jobs.worker import Widths, Worker
from composio.model.job import Job
from composio.process.chance import CHANCE
from composio.store import jobs as queries
from composio.store.bell import Topic
from composio.store.claims import Lease
from composio.store.gathering import Gathering
from composio.store.projects import Partition, Transaction

__all__ = ["StoredJobs"]

log = logging.getLogger("composio.jobs")
_LONGEST_ERROR = 500


class StoredJobs:
    """See :class:`composio.jobs.port.Jobs`. ``part`` selects the jobs: a project's, or the operator's, which are all.

    ``now`` is the clock for due times. ``chance`` gives numbers between 0 and 1 for the jitter, so that jobs that failed
    together are not retried together.
    """

    def __init__(
        self,
        part: Partition,
        *,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = CHANCE,
        widths: Widths | None = None,
        lease_seconds: float = 60.0,
        look_seconds: float = 1.0,
    ) -> None:
        self._part, self._now, self._chance = part, now, chance
        self._handlers: Handlers = {}
        self._finished = Gathering(self._finish)
        self._worker: Worker[Job] = Worker(self, now=now, widths=widths, lease_seconds=lease_seconds, look_seconds=look_seconds)

    def add(self, jobs: Sequence[Job]) -> int:
        """Store jobs. Returns how many are new."""
        return queries.add(self._part, jobs)

    def add_within(self, transaction: Transaction, jobs: Sequence[Job]) -> int:
        """Like :meth:`add`, in the caller's transaction."""
        return queries.add_within(self._part, transaction, jobs)

    def count_overdue(self, before: float) -> int:
        """Count unfinished jobs that were due before then."""
        return queries.count_overdue(self._part, before)

    async def run(self, handlers: Handlers) -> None:
        """Run due jobs of every kind with a handler, until :meth:`stop`."""
        self._handlers = dict(handlers)
        with self._part.bell.hearing(Topic.JOBS, self._worker.wake):
            await self._worker.run()

    async def run_due(self, handlers: Handlers) -> int:
        """Run due jobs until there are none. Returns the number of runs."""
        self._handlers = dict(handlers)
        return await self._worker.run_due()

    def stop(self) -> None:
        """End :meth:`run` once the running jobs are done."""
        self._worker.stop()

    # The interface that the worker uses

    def claim(self, lease: Lease, limit: int, skip: Collection[str]) -> list[Job]:
        """Claim due jobs. A lane is a kind."""
        return queries.claim_due(self._part, set(self._handlers) - set(skip), lease, limit)

    def next_due(self, now: float, skip: Collection[str]) -> float | None:
        """Return when the next job is due."""
        return queries.next_due(self._part, set(self._handlers) - set(skip), now)

    def give_back(self, owner: str, items: Sequence[Job]) -> None:
        """Release jobs that were not started."""
        for job in items:
            queries.postpone(self._part, owner, job.id, due=job.due, error=job.error)

    def prolong(self, lease: Lease, items: Sequence[Job]) -> None:
        """Extend the lease of jobs that take longer."""
        queries.prolong(self._part, lease, [job.id for job in items])

    def lane_of(self, item: Job) -> str:
        """Return the job's kind."""
        return item.kind

    async def work(self, item: Job, owner: str) -> bool:
        """Run one job and store the outcome."""
        try:
            later = await self._handlers[item.kind](item)
        except Exception as error:
            wait = pause_after(item.attempts, self._chance)
            log.exception("job %s failed, attempt %d; it is tried again in %.0f s", item.id, item.attempts, wait)
            said = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
            await asyncio.to_thread(queries.postpone, self._part, owner, item.id, due=self._now() + wait, error=said)
            return False
        if later is None:
            await self._finished.add(item.id)
        else:
            await asyncio.to_thread(queries.postpone, self._part, owner, item.id, due=later.due)
        return True

    def _finish(self, ids: Sequence[str]) -> list[None]:
        queries.finish(self._part, self._worker.owner, ids)
        return [None] * len(ids)
