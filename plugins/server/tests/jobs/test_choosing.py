"""Which engine a server's jobs have, and that the server runs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from composio.errors import ConfigurationError
from composio.jobs.stored import StoredJobs
from composio.model.job import Job
from composio.store.database import EVERYTHING
from composio.triggers.receiving import FETCH
from composio_server import commands
from composio_server.jobs.choosing import find_queue_url, make_engine
from composio_server.jobs.queue import QueuedJobs
from composio_server.jobs.schema import CONNECTIONS, QUEUE
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.listening import listening
from tests.peers.served import application

URL = "postgresql+psycopg://composio@db.example/composio"
pytest.importorskip("pgqueuer")


def find(engine: str = "", url: str = URL) -> sa.URL | None:
    return find_queue_url(Settings.of({"COMPOSIO_DATABASE_URL": url, "COMPOSIO_SERVER_JOBS": engine}))


def test_pgqueuer_does_the_jobs_on_postgresql_unless_another_is_named() -> None:
    assert find() == find("pgqueuer") == sa.make_url(URL)
    assert find("stored") is find(url="") is find(url="sqlite:////tmp/db") is find(url="no url") is None


@pytest.mark.parametrize("url", ["", "sqlite:////tmp/db"])
def test_without_postgresql_it_can_not_be_asked_for(url: str) -> None:
    with pytest.raises(ConfigurationError, match="needs PostgreSQL"):
        find("pgqueuer", url)


def test_where_it_is_not_installed_the_error_says_what_to_install() -> None:
    with patch("composio_server.jobs.choosing.find_spec", lambda name: None if name == "asyncpg" else name):
        assert find() is None
        with pytest.raises(ConfigurationError, match=r"opencomposio-server\[postgresql\]"):
            find("pgqueuer")


def test_another_word_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="COMPOSIO_SERVER_JOBS is one of auto, pgqueuer, stored; got 'celery'"):
        find("celery")


@pytest.fixture
def on_postgresql(database_url: str, tmp_path: Path) -> Iterator[Services]:
    made = Services.open(Settings.of({"COMPOSIO_HOME": str(tmp_path), "COMPOSIO_DATABASE_URL": database_url}))
    yield made
    made.backends.shared.close()
    made.database.close()


def test_a_server_does_jobs_with_the_engine_of_its_database(on_postgresql: Services) -> None:
    store, inbound = on_postgresql.backends.shared.keeping.store, on_postgresql.backends.shared.inbound
    part = store.part()
    assert isinstance(make_engine(find())(part), QueuedJobs)
    assert isinstance(make_engine(None)(part), StoredJobs)
    work = Job(id="j", kind=FETCH, due=time.time(), payload={"instance": "ti_gone", "body": {}}, created_at=time.time())
    with part.write() as transaction:
        inbound._jobs.add_within(transaction, [work])
    assert inbound.count_overdue_jobs(time.time() + 1) == 1
    with application(on_postgresql) as app, listening(app):
        end = time.monotonic() + 60
        while inbound.count_overdue_jobs(time.time() + 60) and time.monotonic() < end:
            time.sleep(0.05)
    with on_postgresql.database.write(EVERYTHING) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(QUEUE)).scalar() == 0
        logged = connection.exec_driver_sql("SELECT DISTINCT status::text FROM composio_pgqueuer_log").scalars()
        assert set(logged) == {"picked", "successful"}


def test_migrating_makes_pgqueuer_s_tables_too(
    on_postgresql: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "open_services", lambda: on_postgresql)
    commands.migrate()
    assert "has this version's tables" in capsys.readouterr().out
    with on_postgresql.database.write(EVERYTHING) as connection:
        assert connection.execute(sa.select(sa.func.to_regclass(QUEUE.name))).scalar() == QUEUE.name


def test_its_connections_are_within_what_a_worker_may_open() -> None:
    settings = Settings.of({"COMPOSIO_DATABASE_URL": URL})
    services = Services.open(settings)
    assert services.database._most == settings.worker_connections - CONNECTIONS
