"""One engine for jobs in a process of its own: ``child_jobs.py ENGINE add|work URL SIZES SECONDS LOG``; see ``bench_jobs``.

``add`` keeps jobs in batches of SIZES with SECONDS between them, and prints how many seconds adding took. ``work`` does jobs of
SECONDS each until it is killed. Each job's id and the time go to LOG: before it is added, or when it is done.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

# For both engines: how many jobs are in hand at once, how many are claimed at once, after how many seconds those of a dead worker
# come back, and how often a worker looks without being woken.
MOST, BATCH, LEASE, LOOK = 512, 64, 10.0, 1.0
KIND = "bench"
# About as large as what a provider sends.
PAYLOAD: dict[str, Any] = {"instance": "ti_bench", "body": {"text": "x" * 1000}}
Note = Callable[[str], None]


def add_stored(url: str, batches: Iterator[list[str]]) -> float:
    from composio.jobs.stored import StoredJobs
    from composio.model.job import Job
    from composio.store.store import Store

    store = Store(Path, url, project=None)
    jobs, seconds = StoredJobs(store.part()), 0.0
    jobs.count_overdue(0.0)
    for ids in batches:
        began = time.perf_counter()
        jobs.add([Job(id=one, kind=KIND, due=time.time(), payload=PAYLOAD, project="bench") for one in ids])
        seconds += time.perf_counter() - began
    store.close()
    return seconds


async def work_stored(url: str, do: Callable[[str], Awaitable[None]]) -> None:
    from composio.jobs.stored import StoredJobs
    from composio.jobs.worker import Widths
    from composio.model.job import Job
    from composio.store.store import Store

    async def handle(job: Job) -> None:
        await do(job.id)

    part = Store(Path, url, project=None).part()
    widths = Widths(most=MOST, lane=MOST, batch=BATCH)
    relay = asyncio.create_task(part.relay().run())
    await StoredJobs(part, widths=widths, lease_seconds=LEASE, look_seconds=LOOK).run({KIND: handle})
    relay.cancel()


async def add_pgqueuer(url: str, batches: Iterator[list[str]]) -> float:
    import asyncpg
    from pgqueuer import Queries

    connection = await asyncpg.connect(url)
    queries, seconds = Queries.from_asyncpg_connection(connection), 0.0
    if not await queries.schema_is_installed():
        await queries.install()
    for ids in batches:
        began = time.perf_counter()
        payloads: list[bytes | None] = [json.dumps({"id": one, "payload": PAYLOAD}).encode() for one in ids]
        await queries.enqueue([KIND] * len(ids), payloads, [0] * len(ids), dedupe_key=[*ids], on_conflict="skip")
        seconds += time.perf_counter() - began
    await connection.close()
    return seconds


async def work_pgqueuer(url: str, do: Callable[[str], Awaitable[None]]) -> None:
    from datetime import timedelta

    import asyncpg
    from pgqueuer import PgQueuer
    from pgqueuer.models import Job

    queuer = PgQueuer.from_asyncpg_pool(await asyncpg.create_pool(url, min_size=2, max_size=4))

    @queuer.entrypoint(KIND)  # type: ignore[untyped-decorator,unused-ignore]  # typed only where the peer is installed
    async def handle(job: Job) -> None:
        await do(json.loads(job.payload or b"")["id"])

    look, lease = timedelta(seconds=LOOK), timedelta(seconds=LEASE)
    await queuer.run(dequeue_timeout=look, batch_size=BATCH, max_concurrent_tasks=MOST, heartbeat_timeout=lease)


def batches_of(sizes: str, seconds: float, note: Note) -> Iterator[list[str]]:
    """The ids of each batch, noted."""
    start = 0
    for size in map(int, sizes.split(",")):
        ids = [f"j{n}" for n in range(start, start + size)]
        start += size
        for one in ids:
            note(one)
        yield ids
        time.sleep(seconds)


def main(engine: str, what: str, url: str, sizes: str, seconds: str, log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(one: str) -> None:
        os.write(file, f"{one} {time.time()}\n".encode())

    async def do(one: str) -> None:
        await asyncio.sleep(float(seconds))
        note(one)

    if what == "add":
        batches = batches_of(sizes, float(seconds), note)
        print(add_stored(url, batches) if engine == "stored" else asyncio.run(add_pgqueuer(url, batches)))
    else:
        asyncio.run(work_stored(url, do) if engine == "stored" else work_pgqueuer(url, do))


if __name__ == "__main__":
    main(*sys.argv[1:])
