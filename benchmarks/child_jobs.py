"""One engine for jobs in a process of its own: ``child_jobs.py ENGINE add|work URL SIZES SECONDS LOG``; see ``bench_jobs``.

``add`` keeps jobs in batches of SIZES with SECONDS between them, and prints how many seconds adding took. ``work`` does jobs of
SECONDS each until it is killed. Each job's id and the time go to LOG: before it is added, or when it is done.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from composio.jobs.port import Jobs
from composio.jobs.stored import StoredJobs
from composio.jobs.worker import Widths
from composio.model.job import Job
from composio.store.projects import Partition
from composio.store.store import Store
from composio_server.jobs.queue import QueuedJobs
from composio_server.jobs.schema import prepare

# How many jobs the stored engine has in hand and claims at once; for both, after how many seconds those of a dead worker come back,
# and how often a worker looks without being woken.
MOST, BATCH, LEASE, LOOK = 512, 64, 10.0, 1.0
KIND = "bench"
# About as large as what a provider sends.
PAYLOAD: dict[str, Any] = {"instance": "ti_bench", "body": {"text": "x" * 1000}}
Note = Callable[[str], None]


def open_part(url: str) -> Partition:
    """The operator's."""
    return Store(Path, url, project=None).part()


def open_engine(engine: str, part: Partition, url: str) -> Jobs:
    """As a server has it, but that the stored one works on as many jobs of a kind as it holds."""
    if engine == "pgqueuer":
        return QueuedJobs(part, sa.make_url(url), lease_seconds=LEASE, look_seconds=LOOK)
    widths = Widths(most=MOST, lane=MOST, batch=BATCH)
    return StoredJobs(part, widths=widths, lease_seconds=LEASE, look_seconds=LOOK)


def add(engine: str, url: str, batches: Iterator[list[str]]) -> float:
    """How many seconds adding took."""
    jobs, seconds = open_engine(engine, open_part(url), url), 0.0
    if engine == "pgqueuer":
        asyncio.run(prepare(sa.make_url(url)))
    jobs.count_overdue(0.0)
    for ids in batches:
        began = time.perf_counter()
        jobs.add([Job(id=one, kind=KIND, due=time.time(), payload=PAYLOAD, project="bench") for one in ids])
        seconds += time.perf_counter() - began
    return seconds


async def work(engine: str, url: str, do: Callable[[str], Awaitable[None]]) -> None:
    """Do jobs until this is killed."""

    async def handle(job: Job) -> None:
        await do(job.id)

    part = open_part(url)
    relay = asyncio.create_task(part.relay().run())
    await open_engine(engine, part, url).run({KIND: handle})
    relay.cancel()


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
        print(add(engine, url, batches))
    else:
        asyncio.run(work(engine, url, do))


if __name__ == "__main__":
    main(*sys.argv[1:])
