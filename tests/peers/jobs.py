"""What every engine for jobs has to do, with real clocks: a suite for whoever has one."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from composio.jobs.port import Handler, Handlers, Jobs, Later
from composio.model.job import Job
from composio.store.projects import Partition

__all__ = ["LIMIT", "POINTS", "JobsSuite", "job", "keep", "work"]

# More of them: COMPOSIO_KILLS=60
POINTS = int(os.environ.get("COMPOSIO_KILLS", "2"))
# Seconds; for a machine that does much else.
LIMIT = 90.0


def job(id: str, wait: float = -1.0, kind: str = "note", project: str = "") -> Job:
    """One that is due in ``wait`` seconds."""
    return Job(id=id, kind=kind, due=time.time() + wait, payload={"of": id}, created_at=7.0, project=project)


def keep(done: list[str]) -> Handler:
    """A handler that notes the ids of jobs."""

    async def handle(one: Job) -> None:
        assert one.payload == {"of": one.id}
        done.append(one.id)

    return handle


def work(jobs: Jobs, handlers: Handlers, until: Callable[[], bool], also: Callable[[], object] = lambda: None) -> None:
    """Do jobs until ``until``; ``also`` is called on a thread once they are being done."""

    async def run() -> None:
        running = asyncio.create_task(jobs.run(handlers))
        try:
            await asyncio.to_thread(also)
            await _wait(lambda: until() or running.done())
        finally:
            jobs.stop()
            await asyncio.wait_for(running, LIMIT)

    asyncio.run(run())


async def _wait(until: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not until():  # noqa: ASYNC110 - also of what other processes did
            await asyncio.sleep(0.01)


class JobsSuite:
    """Subclasses have the fixtures ``part``, an empty database's with the operator's reach, and ``make``, which makes an engine.

    ``child`` is a program's command that does jobs of the kind ``note`` until it is killed, and appends their ids to a file.
    ``held`` is how many jobs a worker has at once, with those that are done and not yet stored as done.
    """

    held = 96

    @pytest.fixture
    def part(self) -> Partition:
        raise NotImplementedError

    @pytest.fixture
    def make(self, part: Partition) -> Callable[[], Jobs]:
        raise NotImplementedError

    @pytest.fixture
    def child(self) -> Sequence[str]:
        raise NotImplementedError

    def test_a_job_is_done_once_when_it_is_due(self, make: Callable[[], Jobs]) -> None:
        done: list[str] = []
        jobs = make()
        assert jobs.add([job(f"j{n}") for n in range(300)]) == 300
        assert jobs.add([job("j1"), job("later", 3600.0), job("other", kind="unknown")]) == 2
        work(jobs, {"note": keep(done)}, lambda: len(done) >= 300)
        assert sorted(done) == sorted(f"j{n}" for n in range(300))
        assert jobs.count_overdue(time.time()) == 1
        assert jobs.count_overdue(time.time() + 4000) == 2

    def test_a_job_that_is_not_due_yet_waits(self, make: Callable[[], Jobs]) -> None:
        done: list[float] = []
        jobs = make()

        async def handle(_: Job) -> None:
            done.append(time.time())

        due = job("soon", 0.3)
        jobs.add([due])
        work(jobs, {"note": handle}, lambda: bool(done))
        assert done[0] >= due.due - 0.05

    def test_a_job_comes_as_it_was_added(self, make: Callable[[], Jobs]) -> None:
        found: list[Job] = []
        jobs = make()

        async def handle(one: Job) -> None:
            found.append(one)

        given = Job(id="as:it/was", kind="note", due=time.time(), payload={"ü\x00": [1, None]}, created_at=5.5, project="p")
        jobs.add([given])
        work(jobs, {"note": handle}, lambda: bool(found))
        [one] = found
        assert (one.id, one.kind, one.payload, one.created_at, one.project) == (
            given.id,
            given.kind,
            given.payload,
            given.created_at,
            given.project,
        )
        assert one.due == pytest.approx(given.due, abs=1.0)

    def test_a_job_that_fails_is_tried_again_later_and_keeps_none_waiting(self, make: Callable[[], Jobs]) -> None:
        done, tried = list[str](), list[int]()
        jobs = make()

        async def fail(one: Job) -> None:
            tried.append(one.attempts)
            raise ValueError("no good")

        jobs.add([job("bad", kind="bad"), job("good")])
        began = time.time()
        handlers = {"bad": fail, "note": keep(done)}
        work(jobs, handlers, lambda: bool(tried and done) and not jobs.count_overdue(time.time()))
        assert (tried, done) == ([1], ["good"])
        assert (jobs.count_overdue(began + 4.0), jobs.count_overdue(time.time() + 7.0)) == (0, 1)

    def test_a_job_that_is_to_be_done_again_says_when(self, make: Callable[[], Jobs]) -> None:
        times: list[float] = []
        jobs = make()

        async def again(_: Job) -> Later | None:
            times.append(time.time())
            return Later(time.time() + 0.2) if len(times) < 3 else None

        jobs.add([job("often")])
        work(jobs, {"note": again}, lambda: len(times) >= 3 and not jobs.count_overdue(time.time() + 9))
        assert len(times) == 3
        assert times[1] - times[0] >= 0.15

    def test_jobs_are_added_with_what_makes_them_necessary_or_not_at_all(
        self, part: Partition, make: Callable[[], Jobs]
    ) -> None:
        done: list[str] = []
        jobs = make()
        work(jobs, {"note": keep(done)}, lambda: True)

        def fail() -> None:
            with part.write() as transaction:
                jobs.add_within(transaction, [job("never")])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with part.write() as transaction:
            assert jobs.add_within(transaction, [job("now"), job("now")]) == 1
        work(jobs, {"note": keep(done)}, lambda: not jobs.count_overdue(time.time()))
        assert done == ["now"]

    def test_a_worker_does_at_once_what_is_added_while_it_waits(self, make: Callable[[], Jobs]) -> None:
        done: list[str] = []
        jobs = make()
        work(jobs, {"note": keep(done)}, lambda: True)

        def add() -> None:
            end = time.monotonic() + LIMIT
            while not done and time.monotonic() < end:  # the first ones may be older than its waiting
                jobs.add([job(f"j{time.monotonic()}")])
                time.sleep(0.05)

        work(jobs, {"note": keep(done)}, lambda: bool(done), add)
        assert done

    def test_a_job_is_not_lost_where_its_worker_is_cancelled(self, make: Callable[[], Jobs]) -> None:
        begun, done = list[str](), list[str]()
        jobs = make()

        async def hang(one: Job) -> None:
            begun.append(one.id)
            await asyncio.sleep(3600)

        async def run() -> None:
            running = asyncio.create_task(jobs.run({"note": hang}))
            await _wait(lambda: bool(begun))
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(running, LIMIT)

        jobs.add([job("j1")])
        asyncio.run(run())
        assert jobs.count_overdue(time.time() + 60) == 1
        work(make(), {"note": keep(done)}, lambda: bool(done))
        assert done == ["j1"]

    def test_no_job_is_lost_and_few_are_done_twice_where_workers_are_killed(
        self, make: Callable[[], Jobs], child: Sequence[str], tmp_path: Path
    ) -> None:
        log = tmp_path / "log"
        log.touch()
        count, end = 600 * POINTS, time.monotonic() + LIMIT * POINTS
        jobs = make()
        work(jobs, {"note": keep([])}, lambda: True)
        jobs.add([job(f"j{n}") for n in range(count)])

        def lines() -> list[str]:
            return [line for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]

        for _ in range(POINTS):
            upto = len(lines()) + random.randint(1, 100)
            killed = subprocess.Popen([*child, str(log)])
            while len(lines()) < upto and killed.poll() is None and time.monotonic() < end:
                time.sleep(0.002)
            assert killed.poll() is None
            killed.kill()
            killed.wait()
        rest: list[str] = []
        work(make(), {"note": keep(rest)}, lambda: not jobs.count_overdue(time.time() + 60))
        counted = Counter([*(line.strip() for line in lines()), *rest])
        assert set(counted) == {f"j{n}" for n in range(count)}
        assert sum(times - 1 for times in counted.values()) <= POINTS * self.held
