"""Jobs: added once, worked on by one process at a time, and never lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from composio.model.job import Job
from composio.store import jobs
from composio.store.claims import Lease
from composio.store.projects import Partition
from composio.store.store import Store


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def part(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partition]:
    url = request.getfixturevalue("url") if request.param == "postgresql" else None
    folder = tmp_path_factory.mktemp("jobs")
    made = Store(lambda: folder / "db", url, project=None)
    yield made.part()
    made.close()


def job(id: str, kind: str, due: float = 1.0) -> Job:
    return Job(id=id, kind=kind, due=due, payload={"n": id}, project="p")


def test_a_job_is_added_once_and_comes_back_as_it_was(part: Partition) -> None:
    assert jobs.add(part, [job("a-1", "a"), job("a-1", "a"), job("a-2", "a", 2.0)]) == 2
    assert jobs.add(part, [job("a-1", "a", 9.0)]) == 0
    assert jobs.list_jobs(part, kind="a") == [job("a-1", "a"), job("a-2", "a", 2.0)]
    assert (jobs.next_due(part, ["a"], 0.0), jobs.next_due(part, ["none"], 0.0)) == (1.0, None)


def test_each_job_goes_to_one_of_many_workers(part: Partition) -> None:
    jobs.add(part, [job(f"b-{n}", "b") for n in range(60)])
    with ThreadPoolExecutor(4) as threads:
        got = list(threads.map(lambda n: jobs.claim_due(part, ["b"], Lease(f"w{n}", 5.0, 30.0), 10), range(12)))
    claimed = [one.id for batch in got for one in batch]
    while more := jobs.claim_due(part, ["b"], Lease("last", 5.0, 30.0), 10):  # who met others' locks took fewer
        claimed += [one.id for one in more]
    assert sorted(claimed) == sorted(f"b-{n}" for n in range(60))


def test_a_job_of_a_worker_that_died_comes_back_and_who_lost_it_ends_nothing(part: Partition) -> None:
    jobs.add(part, [job("c-1", "c")])
    assert jobs.claim_due(part, ["c"], Lease("dead", 5.0, 30.0), 1)
    assert jobs.claim_due(part, ["c"], Lease("w", 34.0, 30.0), 1) == []
    [again] = jobs.claim_due(part, ["c"], Lease("w", 35.0, 30.0), 1)
    assert again.attempts == 2
    assert jobs.finish(part, "dead", ["c-1"]) == jobs.prolong(part, Lease("dead", 36.0, 30.0), ["c-1"]) == 0
    assert not jobs.postpone(part, "dead", "c-1", due=99.0)
    assert jobs.prolong(part, Lease("w", 60.0, 30.0), ["c-1"]) == 1
    assert jobs.claim_due(part, ["c"], Lease("x", 70.0, 30.0), 1) == []
    assert jobs.postpone(part, "w", "c-1", due=99.0, error="503")
    [later] = jobs.claim_due(part, ["c"], Lease("x", 99.0, 30.0), 1)
    assert (later.error, later.attempts) == ("503", 3)
    assert jobs.finish(part, "x", ["c-1"]) == 1
    assert jobs.list_jobs(part, kind="c") == []


def test_what_is_overdue_is_counted(part: Partition) -> None:
    before = jobs.count_overdue(part, 1.5)
    jobs.add(part, [job("d-1", "d", 1.0), job("d-2", "d", 2.0)])
    assert jobs.count_overdue(part, 1.5) == before + 1
