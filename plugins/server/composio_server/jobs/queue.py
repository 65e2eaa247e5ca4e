"""The job engine that uses pgqueuer, for servers on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from composio.errors import ComposioError
from composio.jobs.port import Handler, Handlers, pause_after
from composio.model.job import Job
from composio.process.chance import CHANCE
from composio.store import jobs as stored
from composio.store.bell import Topic
from composio.store.projects import Partition, Transaction
from composio.store.triggers import values
from composio_server.jobs.schema import CONNECTIONS, LOG, QUEUE, make_connect_options, make_queries, make_tables

if TYPE_CHECKING:
    import asyncpg
    from pgqueuer.core.qm import QueueManager
    from pgqueuer.domain.models import Job as Picked

__all__ = ["QueuedJobs", "list_queued"]

log = logging.getLogger("composio.jobs")
# For a statement, if the database disappears silently.
_MOST_SECONDS: Final = 30.0
# A worker's jobs in progress, and jobs fetched at once.
_MOST, _BATCH = 128, 64
# Between two checks for the other engine's jobs, parked jobs, and old entries of pgqueuer's log.
_SWEEP: Final = 30.0
_KEPT_LOG: Final = "1 hour"
_MOVED: Final = 500
# The same text for any number of jobs. The conflict clause matches pgqueuer's index.
_ADD: Final = sa.text(
    f"INSERT INTO {QUEUE.name} (priority, execute_after, status, entrypoint, dedupe_key, payload, attempts, project_id)"  # noqa: S608 - a constant
    " SELECT 0, now() + make_interval(secs => wait), 'queued', kind, id, payload, attempts, project"
    " FROM unnest(CAST(:waits AS float8[]), CAST(:kinds AS text[]), CAST(:ids AS text[]), CAST(:payloads AS bytea[]),"
    " CAST(:attempts AS int[]), CAST(:projects AS text[])) AS given (wait, kind, id, payload, attempts, project)"
    " ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING"
)
_THERE: Final = sa.select(sa.func.to_regclass(QUEUE.name).is_not(None))


class QueuedJobs:
    """See :class:`composio.jobs.port.Jobs`. ``part`` is the operator's, ``url`` that of its database.

    :meth:`run` takes over jobs from before pgqueuer's tables existed, or from programs without pgqueuer. ``lease_seconds`` is
    after how long a dead worker's jobs are retried; ``look_seconds`` is the poll interval of a worker that is not notified.
    """

    def __init__(
        self,
        part: Partition,
        url: sa.URL,
        *,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = CHANCE,
        lease_seconds: float = 60.0,
        look_seconds: float = 5.0,
    ) -> None:
        self._part, self._url, self._now, self._chance = part, url, now, chance
        self._lease_seconds, self._look_seconds = lease_seconds, look_seconds
        self._manager: QueueManager | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._swept, self._ended = asyncio.Event(), asyncio.Event()
        self._doing: set[asyncio.Task[Any]] = set()
        self._stopping = self._is_there = False

    def add(self, jobs: Sequence[Job]) -> int:
        """Store jobs; return how many of them are new."""
        with self._part.write() as transaction:
            added = self.add_within(transaction, jobs)
        if not self._is_there:
            self._part.bell.ring(Topic.JOBS)
        return added

    def add_within(self, transaction: Transaction, jobs: Sequence[Job]) -> int:
        """Do the same as :meth:`add`, in the caller's transaction."""
        if not jobs:
            return 0
        self._is_there = self._is_there or bool(transaction.connection.execute(_THERE).scalar())
        if not self._is_there:  # no worker has run yet; one takes them over
            return stored.add_within(self._part, transaction, jobs)
        now = self._now()
        given = {
            "waits": [one.due - now for one in jobs],
            "kinds": [one.kind for one in jobs],
            "ids": [one.id for one in jobs],
            "payloads": [_payload_of(one) for one in jobs],
            "attempts": [one.attempts for one in jobs],
            "projects": [one.project for one in jobs],
        }
        return transaction.connection.execute(_ADD, given).rowcount

    def count_overdue(self, before: float) -> int:
        """Return how many jobs were due before then and are not done."""
        late = stored.count_overdue(self._part, before)
        if self._part.find(_THERE) != (True,):
            return late
        due = sa.func.now() + sa.func.make_interval(0, 0, 0, 0, 0, 0, before - self._now())
        asked = sa.select(sa.func.count()).select_from(QUEUE).where(self._part.condition(QUEUE), QUEUE.c.execute_after < due)
        row = self._part.find(asked)
        return late + (row[0] if row else 0)

    async def run(self, handlers: Handlers) -> None:
        """Run the jobs of the kinds that have a handler, until :meth:`stop`. They wait while the database is away."""
        import asyncpg
        from pgqueuer.errors import PgqException

        self._loop, self._swept, self._ended = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        try:
            while not self._stopping:
                try:
                    await self._open(handlers)
                except (
                    OSError,
                    asyncpg.PostgresError,
                    asyncpg.InterfaceError,
                    asyncpg.InternalClientError,  # of a connection that broke in the middle of a statement
                    PgqException,
                ) as error:
                    why = str(error).partition("\n")[0] or type(error).__name__
                    log.warning("jobs can't be done, trying again in %.0f s: %s", self._look_seconds, why)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._ended.wait(), self._look_seconds)
        finally:
            self._manager, self._loop, self._stopping = None, None, False

    def stop(self) -> None:
        """Stop :meth:`run` once current jobs are done. From any thread."""
        self._stopping = True
        self._call(self._ended.set)
        if (manager := self._manager) is not None:
            self._call(manager.shutdown.set)

    async def _open(self, handlers: Handlers) -> None:
        import asyncpg

        options = make_connect_options(self._url)
        async with asyncpg.create_pool(min_size=1, max_size=CONNECTIONS, command_timeout=_MOST_SECONDS, **options) as pool:
            async with pool.acquire() as connection:
                await make_tables(connection)
            await self._run(pool, handlers)

    async def _run(self, pool: asyncpg.Pool, handlers: Handlers) -> None:
        from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
        from pgqueuer.core.qm import QueueManager

        queries = make_queries(AsyncpgPoolDriver(pool))
        manager = self._manager = QueueManager(queries, channel=queries.qbe.settings.channel)
        for kind, handler in handlers.items():
            # Jobs that pgqueuer gives up are parked, never deleted.
            manager.entrypoint(kind, accepts_context=False, on_failure="hold")(self._wrap(handler))
        if self._stopping:
            manager.shutdown.set()
        sweeping = asyncio.create_task(self._sweep(handlers))
        try:
            with self._part.bell.hearing(Topic.JOBS, lambda: self._call(self._swept.set)):
                await self._serve(manager)
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)

    async def _serve(self, manager: QueueManager) -> None:
        serving = asyncio.create_task(
            manager.run(
                dequeue_timeout=timedelta(seconds=self._look_seconds),
                batch_size=_BATCH,
                max_concurrent_tasks=_MOST,
                heartbeat_timeout=timedelta(seconds=self._lease_seconds),
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
        )
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:  # of this task: pgqueuer itself would wait for all jobs
            manager.shutdown.set()
            for one in self._doing:
                one.cancel()
            await asyncio.wait({serving})
            raise

    def _wrap(self, handler: Handler) -> Callable[[Picked], Any]:
        """Run a job for pgqueuer: failed jobs are retried, and so are cancelled ones, which pgqueuer would drop."""
        from pgqueuer.errors import RetryRequested

        async def do(picked: Picked) -> None:
            job = _read(picked)
            task = asyncio.current_task()
            assert task is not None
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)
            try:
                later = await handler(job)
            except asyncio.CancelledError:
                raise RetryRequested(reason="its worker ended") from None
            except Exception as error:
                wait = pause_after(job.attempts, self._chance)
                log.exception("job %s failed, attempt %d; it is tried again in %.0f s", job.id, job.attempts, wait)
                # The message may contain a provider's data, and pgqueuer logs it.
                raise RetryRequested(timedelta(seconds=wait), type(error).__name__) from None
            if later is not None:
                raise RetryRequested(timedelta(seconds=max(0.0, later.due - self._now())), "it is to be done again")

        return do

    async def _sweep(self, handlers: Handlers) -> None:
        while True:
            self._swept.clear()
            try:
                await asyncio.to_thread(self.sweep, list(handlers))
            except ComposioError as error:
                log.warning("jobs can't be swept, trying again: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(_SWEEP):
                    await self._swept.wait()

    def sweep(self, kinds: Sequence[str]) -> int:
        """Take over the other engine's jobs, restart parked ones, and prune pgqueuer's log.

        Returns the number of jobs. Blocking.
        """
        if self._part.find(_THERE) != (True,):
            return 0
        moved = 0
        while True:
            with self._part.write() as transaction:
                found = stored.take_free(self._part, transaction, kinds, self._now(), _MOVED)
                self.add_within(transaction, found)
            moved += len(found)
            if len(found) < _MOVED:
                break
        with self._part.write() as transaction:
            run = transaction.connection.execute
            again = QUEUE.alias()
            newer = sa.exists().where(again.c.dedupe_key == QUEUE.c.dedupe_key, again.c.status.in_(["queued", "picked"]))
            parked = QUEUE.c.status == "failed"
            run(sa.delete(QUEUE).where(parked, newer))
            moved += run(sa.update(QUEUE).where(parked).values(status="queued")).rowcount
            run(sa.text(f"DELETE FROM {LOG} WHERE created < now() - interval '{_KEPT_LOG}'"))  # noqa: S608 - constants
        return moved

    def _call(self, work: Callable[[], object]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(work)


def _payload_of(job: Job) -> bytes:
    return values.as_json({"id": job.id, "payload": job.payload, "created_at": job.created_at, "project": job.project}).encode()


def list_queued(connection: sa.Connection) -> list[Job]:
    """Return pgqueuer's unfinished jobs in a database, oldest first; none if it never ran."""
    if connection.dialect.name != "postgresql" or not connection.execute(_THERE).scalar():
        return []
    found = connection.execute(sa.select(QUEUE).order_by(QUEUE.c.id))
    return [_job_of(row.entrypoint, row.execute_after, row.attempts, row.payload) for row in found]


def _read(picked: Picked) -> Job:
    return _job_of(picked.entrypoint, picked.execute_after, picked.attempts + 1, picked.payload)


def _job_of(kind: str, due: datetime, attempts: int, payload: bytes | None) -> Job:
    return Job(kind=kind, due=due.timestamp(), attempts=attempts, **json.loads(payload or b"{}"))
