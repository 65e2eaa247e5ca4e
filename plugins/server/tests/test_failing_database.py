"""A database that is away, full, read-only or newer: clear answers, nothing lost, and no restart when it is back."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import uvicorn

from composio.errors import StoreError
from composio.model.connection import NewConnection
from composio.model.secret import Secret
from composio.store.calls import CallQuery
from composio_server import commands
from composio_server.app import create_app, read_twice_said_base
from composio_server.services.clock import SharedClock
from composio_server.services.keys import KeyRefused, Keys, Scope
from composio_server.services.services import Services
from composio_server.settings import Settings
from composio_server.store.database import open_database
from composio_server.store.tables import probes
from tests.peers.acme_api import Acme

Failure = Callable[[], AbstractContextManager[None]]


class Rig:
    """A server on a database that can be made to fail, and an app that knows what it was sent."""

    def __init__(self, home: Path, server: str | None) -> None:
        self.home, self._server = home, server
        self.url = None if server is None else make_database(server)
        self.settings = replace(
            Settings.of({"COMPOSIO_HOME": str(home)} | ({"COMPOSIO_DATABASE_URL": self.url} if self.url else {})),
        )
        self.services = Services.open(self.settings)
        self.acme = Acme(self.services.backends.home)
        self.project = self.services.projects.create("first").id
        backend = self.services.backends.of(self.project)
        backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice", values={"api_key": "k1"})))
        key = self.services.keys.create(self.project, "admin", [Scope.ADMIN])[1].reveal()
        app = read_twice_said_base(create_app(self.services, close=False))
        self._uvicorn = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, log_level="warning", ws="none"))
        self._thread = threading.Thread(target=self._uvicorn.run, daemon=True)
        self._thread.start()
        while not self._uvicorn.started:
            assert self._thread.is_alive()
            time.sleep(0.005)
        port = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-api-key": key}, trust_env=False, timeout=60)

    def close(self) -> None:
        self.client.close()
        self._uvicorn.should_exit = True
        self._thread.join()
        self.services.backends.shared.run(self.services.calls.aclose)
        self.services.backends.shared.close()
        self.services.database.close()
        self.acme.close()

    def forget(self) -> None:
        """Have what was found out of the database, and its connections, be found out anew."""
        self.services.database.close()
        self.services.backends.shared.keeping.store.close()
        self.services.readiness._checked_at = float("-inf")

    def ready(self) -> httpx.Response:
        self.services.readiness._checked_at = float("-inf")
        return self.client.get("/readyz")

    def call(self, request_id: str | None = None) -> httpx.Response:
        headers = {} if request_id is None else {"x-request-id": request_id}
        body = {"arguments": {}, "user_id": "alice"}
        return self.client.post("/api/v3.1/tools/execute/ACME_GET_ME", json=body, headers=headers)

    def status_of(self, request_id: str) -> str:
        (row,) = self.services.calls.list_calls(self.project, CallQuery(request_id=request_id))
        return str(row.status)

    @contextmanager
    def away(self) -> Iterator[None]:
        if self.url is None:
            moved = self.home.rename(self.home.with_name("elsewhere"))
            self.forget()  # now, as those who look for work open it again at once
            try:
                yield
            finally:
                moved.rename(self.home)
            return
        with self._administer(
            f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false", f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true"
        ):
            yield

    @contextmanager
    def read_only(self) -> Iterator[None]:
        if self.url is None:
            with self._pragma("query_only = ON"):
                yield
            return
        setting = f"ALTER DATABASE {self._name} SET default_transaction_read_only"
        with self._administer(f"{setting} = on", f"{setting} = off"):
            yield

    @contextmanager
    def full(self) -> Iterator[None]:
        if self.url is not None:
            refuse = "BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END"
            with self._statements() as run:
                run(f"CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$")
                names = [row[0] for row in run("SELECT tablename FROM pg_tables WHERE tablename ~ '^composio_'").all()]
                for name in names:
                    run(f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {name} EXECUTE FUNCTION refuse()")
            yield
            with self._statements() as run:
                run("DROP FUNCTION refuse() CASCADE")
            return
        with self._pragma("max_page_count = 1"):  # as many as there are
            filling = sa.insert(probes).values(id=sa.func.hex(sa.func.randomblob(8)), filling=b"x" * 3000)
            reason = ""
            while not reason:  # what is free within the file
                try:
                    self.services.database.change(filling)
                except StoreError as error:
                    reason = error.reason
            assert reason == "full"
            yield
        self.services.database.change(sa.delete(probes))

    @contextmanager
    def _pragma(self, text: str) -> Iterator[None]:
        def connect(connection: Any, record: object) -> None:
            connection.execute(f"PRAGMA {text}")

        self.forget()
        sa.event.listen(sa.Engine, "connect", connect)
        try:
            yield
        finally:
            sa.event.remove(sa.Engine, "connect", connect)
            self.forget()

    @property
    def _name(self) -> str:
        return str(sa.make_url(str(self.url)).database)

    @contextmanager
    def _statements(self, url: str | None = None) -> Iterator[Callable[[str], Any]]:
        engine = sa.create_engine(url or str(self.url), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield lambda text: connection.exec_driver_sql(text)
        engine.dispose()

    @contextmanager
    def _administer(self, before: str, after: str) -> Iterator[None]:
        """Change the database from outside, and end its connections, so that new ones see it."""
        with self._statements(self._server) as run:
            run(before)
            run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'")
            try:
                yield
            finally:
                run(after)
                run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'")


def make_database(server: str) -> str:
    name = f"test_{secrets.token_hex(6)}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    server = None if request.param == "sqlite" else request.getfixturevalue("postgresql")
    made = Rig(tmp_path_factory.mktemp("rig") / "home", server)
    yield made
    made.close()


def check_refused(rig: Rig, answer: httpx.Response, said: str) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["x-request-id"]
    assert said in answer.text
    for secret in (str(rig.home), "sqlite", "postgresql", "SELECT", "INSERT", "composio_"):
        assert secret not in answer.text


@pytest.mark.parametrize(
    ("failure", "said", "reads"),
    [("away", "does not answer", 503), ("full", "is full", 200), ("read_only", "can only be read", 200)],
)
def test_a_database_that_fails_is_said_to_and_serves_again_without_a_restart(
    rig: Rig, failure: str, said: str, reads: int
) -> None:
    assert rig.call().status_code == 200
    with getattr(rig, failure)():
        sent = len(rig.acme.seen)
        check_refused(rig, rig.ready(), said)
        for _ in range(30):  # a row may still fit where there is a little room
            answer = rig.call()
            if answer.status_code != 200:
                break
            sent += 1
        check_refused(rig, answer, said)
        assert len(rig.acme.seen) == sent  # what can't be on the record is not sent
        assert rig.client.get("/api/v3.1/connected_accounts").status_code == reads
        assert rig.client.get("/api/v1/apps").status_code in {200, reads}  # nothing of it is in the database but the key
        assert rig.client.get("/healthz").status_code == 200
    assert rig.ready().status_code == 200
    assert rig.call().status_code == 200
    assert len(rig.acme.seen) == sent + 1


@pytest.mark.parametrize("failure", ["away", "full", "read_only"])
def test_a_call_that_was_under_way_is_answered_and_on_the_record_when_it_is_back(rig: Rig, failure: str) -> None:
    request_id, arrived, go = f"r-{failure}", threading.Event(), threading.Event()

    def answer(path: str) -> tuple[int, Any]:
        arrived.set()
        go.wait(30)
        return 200, {"filling": secrets.token_hex(60_000)}

    rig.acme.answer = answer
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(rig.call(request_id)))
    asking.start()
    assert arrived.wait(30)
    sent = len(rig.acme.seen)
    with getattr(rig, failure)():
        go.set()
        asking.join(60)
    (first,) = answers
    assert first.json()["successful"] is True
    again = rig.call(request_id)  # waits until it is written
    assert again.status_code == 200, again.text
    assert again.json()["data"] == first.json()["data"]
    assert len(rig.acme.seen) == sent
    assert rig.status_of(request_id) == "done"
    rig.acme.answer = lambda path: (200, {})


def test_what_changed_is_in_the_audit_though_the_database_went_away(rig: Rig) -> None:
    found = len(rig.services.audit.list_entries(rig.project, limit=1000))
    with rig.read_only():
        assert rig.client.post("/api/v3.1/auth_configs", json={"toolkit": {"slug": "acme"}}).status_code in {400, 503}
    until = time.monotonic() + 30
    while len(rig.services.audit.list_entries(rig.project, limit=1000)) == found:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_newer_database_is_refused_by_name(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def mark(version: str) -> None:
        other = sa.create_engine(rig.services.database.url)
        with other.begin() as connection:
            connection.execute(sa.text("UPDATE composio_server_version SET version_num = :version"), {"version": version})
        other.dispose()

    mark("9999")
    rig.forget()
    try:
        check_refused(rig, rig.ready(), "was upgraded")
        with pytest.raises(StoreError, match="a newer one wrote them"):  # so `composio serve` ends with that
            commands._introduce_when_there(Services.open(rig.settings))
    finally:
        mark("0001")
    assert rig.ready().status_code == 200


def test_a_server_that_starts_before_its_database_shows_the_first_key_when_it_comes(
    postgresql: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sa.make_url(postgresql).set(database=f"later_{secrets.token_hex(4)}")
    text = url.render_as_string(hide_password=False)
    services = Services.open(Settings.of({"COMPOSIO_HOME": str(tmp_path / "home"), "COMPOSIO_DATABASE_URL": text}))
    monkeypatch.setattr(commands, "_BETWEEN_TRIES", 0.05)
    commands._introduce_when_there(services)
    assert "Serving anyway" in capsys.readouterr().err
    (waiting,) = [one for one in threading.enumerate() if one.name == "composio-introduce"]
    engine = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {url.database}"))
    engine.dispose()
    waiting.join(60)
    assert not waiting.is_alive()
    assert "ck_" in capsys.readouterr().out
    services.database.close()


MIGRATE = """
import sys
from pathlib import Path
from composio.model.secret import Secret
from composio_server.services.projects import Projects
from composio_server.store.database import open_database
from composio_server.store.tables import probes
url, file = sys.argv[1:]
sys.stdin.readline()
database = open_database(Secret(url) if url else None, Path(file))
Projects(database).create("mine")
database.close()
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_servers_migrate_an_empty_database_at_once(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = "" if kind == "sqlite" else request.getfixturevalue("database_url")
    file = tmp_path / "accounts.sqlite3"
    command = [sys.executable, "-c", MIGRATE, url, str(file)]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ended = []
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        _, said = process.communicate(timeout=120)
        ended.append((process.returncode, said))
    assert ended == [(0, "")] * 2
    database = open_database(Secret(url) if url else None, file)
    assert database.scalar(sa.text("SELECT count(*) FROM composio_projects"), {}) == 2
    database.close()


def test_instances_whose_clocks_differ_agree_on_what_has_expired(database_url: str, tmp_path: Path) -> None:
    database = open_database(Secret(database_url), tmp_path)
    clocks = [SharedClock(database, lambda by=by: time.time() + by) for by in (0.0, 3600.0, -3600.0)]  # type: ignore[misc]  # its default
    for clock, by in zip(clocks, (0.0, 3600.0, -3600.0), strict=True):
        assert clock.measure() == pytest.approx(-by, abs=10)
        assert clock() == pytest.approx(time.time(), abs=10)
    ahead, behind = Keys(database, clocks[1]), Keys(database, clocks[2])
    project = Services.open(Settings.of({"COMPOSIO_HOME": str(tmp_path), "COMPOSIO_DATABASE_URL": database_url})).projects
    mine = project.create("mine").id
    lasting = behind.create(mine, "lasting", expires_at=clocks[2]() + 600)[1].reveal()
    assert ahead.verify(lasting).project_id == mine
    ended = ahead.create(mine, "ended", expires_at=clocks[1]() + 0.01)[1].reveal()
    time.sleep(0.02)
    with pytest.raises(KeyRefused, match="expired"):
        behind.verify(ended)
    project._database.close()
    database.close()


def test_a_clock_that_is_far_off_is_logged_once(database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = open_database(Secret(database_url), tmp_path)
    clock = SharedClock(database, lambda: time.time() + 90.0)
    for _ in range(3):
        clock.measure()
    said = [record.getMessage() for record in caplog.records if "clock" in record.getMessage()]  # others may log meanwhile
    assert said == ["this machine's clock is 90 s off the database's, which counts; set it by NTP"]
    database.close()


def test_leases_are_taken_by_the_shared_clock(services: Services) -> None:
    """So that an instance whose clock is ahead takes no lease of a connection before it ends."""
    assert services.backends.shared.keeping.open_book("pr_1").now() == pytest.approx(services.clock(), abs=1)
    services.clock._offset = 500.0
    assert services.backends.shared.keeping.open_book("pr_1").now() == pytest.approx(time.time() + 500, abs=1)
