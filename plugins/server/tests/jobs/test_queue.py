"""Jobs given to pgqueuer: the port's suite, its tables beside ours, and what else shares the database."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from composio.jobs.port import Jobs
from composio.jobs.stored import StoredJobs
from composio.model.job import Job
from composio.model.secret import Secret
from composio.store import jobs as stored
from composio.store.database import EVERYTHING, Reach
from composio.store.projects import Partition
from composio_server.jobs.queue import QueuedJobs
from composio_server.jobs.schema import APPLICATION, LOG, QUEUE, make_connect_options, make_tables
from composio_server.services.copying import copy_database
from composio_server.services.deleting import delete_project
from composio_server.services.services import Services
from composio_server.settings import Settings
from composio_server.store.database import open_database
from tests.peers.jobs import LIMIT, JobsSuite, job, keep, work
from tests.peers.postgresql import add_database

asyncpg = pytest.importorskip("asyncpg")
pytest.importorskip("pgqueuer")
CHILD = """
import asyncio, os, sys
from composio.model.secret import Secret
from composio.store.projects import Partition
from composio_server.jobs.queue import QueuedJobs
from composio_server.store.database import open_database

log = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

async def handle(job):
    os.write(log, (job.id + "\\n").encode())
    await asyncio.sleep(0.002)

database = open_database(Secret(sys.argv[1]), None)
jobs = QueuedJobs(Partition(database, None), database.url, lease_seconds=60.0)
asyncio.run(jobs.run({"note": handle}))
"""


@pytest.fixture(scope="module")
def owned(postgresql: str) -> str:
    """A database whose owner is no superuser, as a server's should be: superusers are above all policies."""
    url = sa.make_url(add_database(postgresql))
    role = f"owner_{secrets.token_hex(4)}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        connection.exec_driver_sql(f"ALTER DATABASE {url.database} OWNER TO {role}")
        connection.exec_driver_sql(f"GRANT ALL ON SCHEMA public TO {role}")
    admin.dispose()
    return url.set(username=role).render_as_string(hide_password=False)


@pytest.fixture
def services(owned: str, tmp_path: Path) -> Iterator[Services]:
    made = Services.open(Settings.of({"COMPOSIO_HOME": str(tmp_path), "COMPOSIO_DATABASE_URL": owned}))
    yield made
    made.backends.shared.close()
    made.database.close()


@pytest.fixture
def part(services: Services) -> Partition:
    found = services.backends.shared.keeping.store.part()
    with services.database.write(EVERYTHING) as connection:
        connection.exec_driver_sql("DELETE FROM composio_jobs")
        if connection.execute(sa.select(sa.func.to_regclass(QUEUE.name))).scalar():
            connection.execute(sa.delete(QUEUE))
    return found


@pytest.fixture
def make(part: Partition, services: Services) -> Callable[[], QueuedJobs]:
    return lambda: QueuedJobs(part, services.database.url, chance=lambda: 0.0, lease_seconds=1.5, look_seconds=0.5)


class TestQueue(JobsSuite):
    """The port's suite, by an owner who is held to policies."""

    held = 256

    @pytest.fixture
    def part(self, part: Partition) -> Partition:
        return part

    @pytest.fixture
    def make(self, make: Callable[[], Jobs]) -> Callable[[], Jobs]:
        return make

    @pytest.fixture
    def child(self, owned: str) -> Sequence[str]:
        return [sys.executable, "-c", CHILD, owned]


def rows(services: Services, reach: Reach = EVERYTHING) -> list[tuple[str, str]]:
    with services.database.write(reach) as connection:
        found = connection.execute(sa.select(QUEUE.c.dedupe_key, QUEUE.c.project_id).order_by(QUEUE.c.id))
        return [(one[0], one[1]) for one in found]


def made(jobs: QueuedJobs) -> QueuedJobs:
    """With its tables."""
    work(jobs, {}, lambda: True)
    return jobs


def test_jobs_of_a_project_are_seen_by_nobody_else(services: Services, make: Callable[[], QueuedJobs]) -> None:
    made(make()).add([job("a", project="p"), job("b", project="q")])
    assert rows(services) == [("a", "p"), ("b", "q")]
    assert rows(services, Reach("p")) == [("a", "p")]
    assert rows(services, Reach("")) == []
    with services.database.write(Reach("q")) as connection:
        assert connection.execute(sa.delete(QUEUE)).rowcount == 1
    assert rows(services) == [("a", "p")]
    tables = [QUEUE.name, LOG, "composio_pgqueuer_statistics", "composio_pgqueuer_schedules"]
    with services.database.write(EVERYTHING) as connection:
        forced = connection.execute(
            sa.text("SELECT relname FROM pg_class WHERE relname = ANY(:names) AND relforcerowsecurity"), {"names": tables}
        )
        assert set(forced.scalars()) == set(tables)


def test_the_log_is_the_operator_s_says_nothing_of_payloads_and_is_pruned(
    services: Services, make: Callable[[], QueuedJobs]
) -> None:
    async def fail(_: Job) -> None:
        raise ValueError("t0ps3cret")

    done: list[str] = []
    jobs = made(make())
    jobs.add([job("bad", kind="bad"), job("good")])
    work(jobs, {"bad": fail, "note": keep(done)}, lambda: bool(done) and not jobs.count_overdue(time.time()))
    with services.database.write(EVERYTHING) as connection:
        logged = connection.exec_driver_sql(f"SELECT status::text, traceback::text FROM {LOG}").all()
    assert {"picked", "successful", "queued"} <= {one[0] for one in logged}
    assert "t0ps3cret" not in repr(logged)
    with services.database.write(Reach("")) as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {LOG}").scalar() == 0
    with services.database.write(EVERYTHING) as connection:
        connection.exec_driver_sql(f"UPDATE {LOG} SET created = created - interval '2 hours' WHERE status = 'picked'")
    jobs.sweep(["note"])
    with services.database.write(EVERYTHING) as connection:
        left = set(connection.exec_driver_sql(f"SELECT status::text FROM {LOG}").scalars())
    assert "picked" not in left
    assert "successful" in left


def test_jobs_of_the_other_engine_are_taken_over_and_parked_ones_begin_again(
    services: Services, part: Partition, make: Callable[[], QueuedJobs]
) -> None:
    done: list[str] = []
    jobs = made(make())
    StoredJobs(part).add([job("old", project="p"), job("elsewhere", kind="other")])
    jobs.add([job("parked"), job("twice")])
    with services.database.write(EVERYTHING) as connection:
        connection.execute(sa.update(QUEUE).values(status="failed"))
    jobs.add([job("twice")])
    work(jobs, {"note": keep(done)}, lambda: len(done) >= 3)
    assert sorted(done) == ["old", "parked", "twice"]
    assert [one.id for one in stored.list_jobs(part)] == ["elsewhere"]
    assert rows(services) == []


def test_a_worker_goes_on_after_its_connections_are_cut(
    services: Services, make: Callable[[], QueuedJobs], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    jobs = make()

    def cut_and_add() -> None:
        end = time.monotonic() + LIMIT
        cut = 0
        while not cut and time.monotonic() < end:
            time.sleep(0.05)
            with services.database.write(EVERYTHING) as connection:
                ask = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name")
                cut = len(connection.execute(ask, {"name": APPLICATION}).all())
        jobs.add([job("after")])

    work(jobs, {"note": keep(done)}, lambda: bool(done), cut_and_add)
    assert done == ["after"]
    assert "Traceback" not in caplog.text


def test_a_worker_waits_for_a_database_that_is_away(postgresql: str, caplog: pytest.LogCaptureFixture) -> None:
    url = sa.make_url(add_database(postgresql))
    database = open_database(Secret(url.render_as_string(hide_password=False)), Path())
    away = QueuedJobs(Partition(database, None), url.set(database="nowhere"), look_seconds=0.05)
    work(away, {}, lambda: caplog.text.count("jobs can't be done, trying again") > 1)
    assert 'database "nowhere" does not exist' in caplog.text
    assert "Traceback" not in caplog.text
    database.close()


def test_before_a_worker_ran_jobs_are_kept_by_the_other_engine_for_it(postgresql: str) -> None:
    database = open_database(Secret(add_database(postgresql)), Path())
    part, done = Partition(database, None), list[str]()
    jobs = QueuedJobs(part, database.url, look_seconds=0.5)
    assert jobs.add([job("first")]) == 1
    assert jobs.add([job("first")]) == 0
    assert jobs.count_overdue(time.time()) == 1
    work(jobs, {"note": keep(done)}, lambda: bool(done))
    assert (done, stored.list_jobs(part)) == (["first"], [])
    database.close()


def test_tables_are_made_once_by_many_and_brought_to_another_version(postgresql: str) -> None:
    url = sa.make_url(add_database(postgresql))

    async def one() -> None:
        connection = await asyncpg.connect(**make_connect_options(url))
        await make_tables(connection)
        await connection.close()

    async def together() -> None:
        await asyncio.gather(*(one() for _ in range(4)))

    asyncio.run(together())
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:  # as an earlier pgqueuer had it
        connection.exec_driver_sql(f"COMMENT ON TABLE {QUEUE.name} IS 'pgqueuer 1.0, 1'")
        connection.exec_driver_sql(f"ALTER TABLE {QUEUE.name} DROP COLUMN headers")
    asyncio.run(together())
    with admin.connect() as connection:
        columns = {one["name"] for one in sa.inspect(connection).get_columns(QUEUE.name)}
        assert {"headers", "project_id"} <= columns
    admin.dispose()


def test_what_libpq_knows_and_asyncpg_does_not_is_left_out(postgresql: str) -> None:
    url = sa.make_url(add_database(postgresql)).update_query_dict({"connect_timeout": "7", "keepalives_idle": "30"})
    options = make_connect_options(url)
    assert options["timeout"] == 7.0
    assert "keepalives" not in options["dsn"]

    async def ask() -> Any:
        connection = await asyncpg.connect(**options)
        found = await connection.fetchval("SELECT current_setting('composio.every_project')")
        await connection.close()
        return found

    assert asyncio.run(ask()) == "on"


def test_jobs_of_a_project_that_is_deleted_are_deleted(services: Services, make: Callable[[], QueuedJobs]) -> None:
    project = services.projects.create("gone")
    made(make()).add([job("theirs", project=project.id), job("others", project="p")])
    assert delete_project(services, project.id, actor="test")[QUEUE.name] == 1
    assert rows(services) == [("others", "p")]


def test_jobs_move_with_the_database(services: Services, make: Callable[[], QueuedJobs], tmp_path: Path) -> None:
    made(make()).add([job("moved", 60.0, project="p")])
    target = open_database(None, tmp_path / "copy.sqlite3")
    assert copy_database(services.database, target)["composio_jobs"] == 1
    [one] = stored.list_jobs(Partition(target, None))
    target.close()
    assert (one.id, one.kind, one.payload, one.project) == ("moved", "note", {"of": "moved"}, "p")
    assert one.due > time.time() + 30
