"""Jobs: done once they are due, tried again when they fail, and lost by no process that dies."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from composio.jobs.port import Handler, Jobs, Later
from composio.jobs.stored import StoredJobs
from composio.jobs.worker import Widths
from composio.model.job import Job
from composio.store import jobs as queries
from composio.store.database import EVERYTHING
from composio.store.projects import Partition
from composio.store.store import Store
from composio.store.triggers.tables import jobs as table
from tests.peers.jobs import JobsSuite
from tests.peers.postgresql import add_database

CHILD = """
import asyncio, os, sys
from pathlib import Path
from composio.jobs.stored import StoredJobs
from composio.store.store import Store

store = Store(lambda: Path(sys.argv[1]), sys.argv[2] or None, project=None)
log = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

async def handle(job):
    os.write(log, (job.id + "\\n").encode())
    await asyncio.sleep(0.002)

asyncio.run(StoredJobs(store.part(), lease_seconds=5.0).run({"note": handle}))
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty database; None is a file."""
    return add_database(request.getfixturevalue("postgresql")) if request.param == "postgresql" else None


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs") / "db"


@pytest.fixture(scope="module")
def store(file: Path, url: str | None) -> Iterator[Store]:
    made = Store(lambda: file, url, project=None)
    yield made
    made.close()


@pytest.fixture
def part(store: Store) -> Partition:
    with store._open().write(EVERYTHING) as connection:
        connection.execute(sa.delete(table))
    return store.part()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def make(part: Partition, clock: Clock, **more: int) -> StoredJobs:
    return StoredJobs(part, now=clock, chance=lambda: 0.0, widths=Widths(**more))


def job(id: str, due: float = 1000.0, kind: str = "note") -> Job:
    return Job(id=id, kind=kind, due=due, payload={"of": id})


def keep(done: list[str]) -> Handler:
    async def handle(one: Job) -> None:
        assert one.payload == {"of": one.id}
        done.append(one.id)

    return handle


def test_what_is_due_is_done_once_and_what_is_not_waits(part: Partition) -> None:
    clock, done = Clock(), list[str]()
    jobs = make(part, clock, batch=7)
    port: Jobs = jobs
    assert port.add([job(f"j{n}") for n in range(50)]) == 50
    assert port.add([job("j1"), job("later", due=1060.0), job("other", kind="unknown")]) == 2
    assert asyncio.run(jobs.run_due({"note": keep(done)})) == 50
    assert sorted(done) == sorted(f"j{n}" for n in range(50))
    assert asyncio.run(jobs.run_due({"note": keep(done)})) == 0
    clock.now = 1060.0
    assert asyncio.run(jobs.run_due({"note": keep(done)})) == 1
    assert done[-1] == "later"
    assert [one.id for one in queries.list_jobs(part)] == ["other"]
    assert jobs.count_overdue(1001.0) == 1


def test_a_job_that_fails_is_tried_again_later_each_time_and_keeps_none_waiting(part: Partition) -> None:
    clock, done, tried = Clock(), list[str](), list[float]()
    jobs = make(part, clock)

    async def fail(_one: Job) -> None:
        tried.append(clock.now)
        raise ValueError("no good")

    jobs.add([job("bad", kind="bad"), job("good")])
    handlers = {"bad": fail, "note": keep(done)}
    for _ in range(4):
        asyncio.run(jobs.run_due(handlers))
        clock.now = queries.list_jobs(part)[0].due
    assert tried == [1000.0, 1005.0, 1015.0, 1035.0]
    assert done == ["good"]
    assert queries.list_jobs(part)[0].error == "ValueError: no good"


def test_a_job_that_is_to_be_done_again_says_when(part: Partition) -> None:
    clock, times = Clock(), list[float]()
    jobs = make(part, clock)

    async def again(_one: Job) -> Later | None:
        times.append(clock.now)
        return Later(clock.now + 60) if len(times) < 3 else None

    jobs.add([job("daily")])
    for _ in range(4):
        asyncio.run(jobs.run_due({"note": again}))
        clock.now += 60
    assert times == [1000.0, 1060.0, 1120.0]
    assert queries.list_jobs(part) == []


class TestStored(JobsSuite):
    """The port's suite, over SQLite and PostgreSQL."""

    @pytest.fixture
    def part(self, part: Partition) -> Partition:
        return part

    @pytest.fixture
    def make(self, part: Partition) -> Callable[[], Jobs]:
        return lambda: StoredJobs(part, chance=lambda: 0.0, lease_seconds=1.5, look_seconds=0.5)

    @pytest.fixture
    def child(self, file: Path, url: str | None) -> Sequence[str]:
        return [sys.executable, "-c", CHILD, str(file), url or ""]
