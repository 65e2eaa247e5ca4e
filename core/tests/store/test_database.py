from __future__ import annotations

import gc
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from composio.errors import StoreError
from composio.store import connections, migrate
from composio.store.database import Database
from composio.store.projects import Partition
from composio.store.readonly import ReadOnly
from composio.store.store import Store
from composio.store.tables import METADATA, VERSION_TABLE
from tests.peers.earlier import bring_back
from tests.peers.processes import at_once

Open = Callable[[], Store]
FILE = "accounts.sqlite3"
pytestmark = pytest.mark.usefixtures("real_migrations")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_its_owner_can_read_the_file_and_its_companions(store: Store, tmp_path: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize(("mode", "could"), [(0o666, "read and write"), (0o644, "read"), (0o620, "write"), (0o640, "read")])
def test_a_file_that_others_can_read_or_write_is_put_right_with_a_warning(
    store: Store, open_store: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, could: str
) -> None:
    names = [FILE, f"{FILE}-wal", f"{FILE}-shm"]
    for name in names:
        (tmp_path / name).chmod(mode)
    other = open_store()
    assert other.get_connection("ca-1")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names] == [0o600] * 3
    told = [
        f"Others could {could} the connections in {tmp_path / name}: its mode was {mode:o}, and is now 600" for name in names
    ]
    assert [message.partition(". ")[0] for message in caplog.messages] == told
    caplog.clear()
    other.close()
    assert other.get_connection("ca-1")
    assert caplog.messages == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize(
    ("mode", "then", "told"),
    [
        (0o777, 0o755, "its mode was 777, and is now 755"),
        (0o775, 0o755, "its mode was 775, and is now 755"),
        (0o1777, 0o1777, "its mode was 1777, and could not be changed"),
        (0o755, 0o755, ""),
        (0o700, 0o700, ""),
    ],
)
def test_a_folder_that_others_can_write_to_is_put_right_with_a_warning(
    store: Store, open_store: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, then: int, told: str
) -> None:
    tmp_path.chmod(mode)
    assert open_store().get_connection("ca-1")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == then
    assert len(caplog.messages) == bool(told)
    assert told in caplog.text
    assert not told or "COMPOSIO_HOME" in caplog.text


def test_every_commit_reaches_the_disk_and_readers_never_wait(tmp_path: Path) -> None:
    database = Database(sa.URL.create("sqlite", database=str(tmp_path / FILE)))
    with database.write() as connection:
        asked = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert asked == {"journal_mode": "wal", "synchronous": 2}
    database.close()


def test_migrations_make_the_tables_that_the_queries_know(store: Store, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    store.close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / FILE}")
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
        [version] = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars()
    engine.dispose()
    assert differences == []
    assert version == migrate.HEAD == max(p.stem for p in Path(migrate.__file__).parent.glob("migrations/versions/v*.py"))[1:]


def test_an_earlier_versions_connections_are_kept(store: Store, open_store: Open, a: Any, tmp_path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        bring_back(connection)
    found = open_store().get_connection("ca-1")
    assert found
    assert (found.connection, found.sealed) == (a.connection(), a.sealed("c"))


def test_a_database_that_is_up_to_date_is_opened_without_alembic(store: Store, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from composio.store.store import Store; "
        f"store = Store(lambda: pathlib.Path({str(tmp_path / FILE)!r})); print(store.get_connection('ca-1').connection.id); "
        "store.close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["ca-1", "False"]


@pytest.mark.parametrize("version", [f"{int(migrate.HEAD) + 1:04}", "9999", "some-other", ""])
def test_a_newer_versions_database_is_refused_and_left_alone(
    store: Store, open_store: Open, tmp_path: Path, version: str
) -> None:
    store.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = ?", (version,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreError, match="Upgrade opencomposio-core"):
        open_store().get_connection("ca-1")
    with pytest.raises(StoreError, match="Upgrade opencomposio-core"):
        open_store().delete_connection("ca-1")
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"this is no database, but it is long enough to look like one" * 50, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_corrupt_file_is_refused_and_left_alone(open_store: Open, a: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StoreError, match="Restore it from a backup"):
        open_store().newest_usable("github", "ada")
    with pytest.raises(StoreError, match=FILE):
        open_store().add_integration(a.integration(), a.sealed())
    assert (tmp_path / FILE).read_bytes() == content


def test_a_page_that_was_torn_is_an_error_and_no_empty_answer(store: Store, open_store: Open, a: Any, tmp_path: Path) -> None:
    for number in range(2, 200):
        store.add_connection(a.connection(f"ca-{number}"), a.sealed("x" * 400))
    store.close()
    content = bytearray((tmp_path / FILE).read_bytes())
    content[8 * 4096 :] = b"\xa5" * (len(content) - 8 * 4096)
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        open_store().list_connections()


def test_a_folder_in_the_files_place_is_an_error(open_store: Open, tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match="COMPOSIO_HOME"):
        open_store().list_connections()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't be created"):
        Store(lambda: tmp_path / "missing" / FILE).list_connections()


def test_a_file_that_somebody_else_holds_is_an_error_that_says_so(
    store: Store, open_store: Open, a: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.store.database._WAIT_SECONDS", 0.05)
    with closing(sqlite3.connect(tmp_path / FILE)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        other = open_store()
        assert other.get_connection("ca-1")  # readers don't wait
        with pytest.raises(StoreError, match="locked"):
            other.delete_connection("ca-1")
    assert other.delete_connection("ca-1")


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    database = Database(sa.URL.create("sqlite", database=str(tmp_path / FILE)))

    class Stop(Exception):
        pass

    def half() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("DELETE FROM composio_connections")
            raise Stop

    with pytest.raises(Stop):
        half()
    assert store.get_connection("ca-1")
    assert store.delete_connection("ca-1")  # and holds no lock
    database.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "URL is not valid"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("nothing://user:hunter22@host/name", "Install its driver"),
        ("postgresql+nothing://user:hunter22@host/name", "Install its driver"),
        ("//user:hunter22@host", "URL is not valid"),
    ],
)
def test_a_url_that_names_no_database_is_an_error_without_its_password(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        Store(lambda: tmp_path / FILE, url).list_connections()
    assert "hunter22" not in "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=False).format())
    assert list(tmp_path.iterdir()) == []


def test_a_url_names_the_file_instead(open_store: Open, a: Any, tmp_path: Path) -> None:
    store = Store(lambda: tmp_path / "not-this", f"sqlite:///{tmp_path / 'this'}")
    assert store.exists()
    store.add_integration(a.integration(), a.sealed())
    store.close()
    assert (tmp_path / "this").exists()
    assert not (tmp_path / "not-this").exists()


def test_errors_show_neither_statements_nor_values(store: Store, a: Any) -> None:
    twice, sealed = a.connection(error="a tenant's " + "words"), a.sealed("bytes")
    with pytest.raises(StoreError) as caught:
        store.add_connection(twice, sealed)
    told = "".join(traceback.format_exception(caught.value))
    assert "a tenant's words" not in told
    assert "wrapped bytes" not in told


def test_what_is_let_go_of_is_closed(store: Store, tmp_path: Path) -> None:
    database = Database(sa.URL.create("sqlite", database=str(tmp_path / FILE)))
    with database.write() as connection:
        kept = connection.connection.dbapi_connection
    del database, connection
    gc.collect()
    assert isinstance(kept, sqlite3.Connection)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        kept.execute("SELECT 1")


def test_a_closed_store_opens_again(store: Store, tmp_path: Path) -> None:
    store.close()
    assert {path.name for path in tmp_path.iterdir()} == {FILE}
    assert store.get_connection("ca-1")
    store.close()


def test_connections_that_calls_read_with_are_few_and_closed_with_the_rest(store: Store, tmp_path: Path) -> None:
    database = Database(sa.URL.create("sqlite", database=str(tmp_path / FILE)))
    part = Partition(database, "")
    together = threading.Barrier(12)

    def ask() -> bool:
        together.wait()
        return all(connections.get(part, "ca-1") is not None for _ in range(20))

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda _: ask(), range(12)))
    assert database._engines is not None
    kept = [one.dbapi_connection for one in database._engines.idle]
    assert 1 <= len(kept) <= 5
    database.close()
    for one in kept:
        assert isinstance(one, sqlite3.Connection)
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            one.execute("SELECT 1")
    assert connections.get(part, "ca-1") is not None
    database.close()


def test_a_database_may_be_closed_while_others_read(store: Store, tmp_path: Path) -> None:
    database = Database(sa.URL.create("sqlite", database=str(tmp_path / FILE)))
    part = Partition(database, "")

    def ask() -> bool:
        return all(connections.get(part, "ca-1") is not None for _ in range(50))

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask) for _ in range(4)]
        for _ in range(20):
            database.close()
        assert all(one.result() for one in asked)
    database.close()
    assert database._engines is None


def test_a_row_that_is_the_same_is_made_into_the_same_thing(store: Store, a: Any, tmp_path: Path) -> None:
    first = store.get_connection("ca-1")
    assert store.get_connection("ca-1") is first
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("UPDATE composio_connections SET labels = '[\"new\"]'")
    changed = store.get_connection("ca-1")
    assert changed is not None
    assert changed.connection.labels == ("new",)
    assert store.delete_connection("ca-1")
    assert store.get_connection("ca-1") is None


def test_a_file_that_is_only_read_is_opened_once(store: Store, tmp_path: Path) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    database = ReadOnly(tmp_path / FILE, spare)
    part = Partition(database, "")
    assert connections.get(part, "ca-1") is not None
    assert database._opened() is database._opened()
    database.close()


def test_many_threads_read_and_write_at_once(store: Store, a: Any) -> None:
    together = threading.Barrier(12)

    def work(number: int) -> int:
        together.wait()
        for turn in range(5):
            store.add_connection(a.connection(f"{number}-{turn}", entity_id=f"e{number}"), a.sealed())
            found = store.newest_usable("github", f"e{number}")
            assert found
            assert found.connection.id == f"{number}-{turn}"
        return len(store.list_connections(entity_ids=[f"e{number}"]))

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(work, range(12))) == [5] * 12


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # 3.12 warns of what is tested here
def test_a_forked_child_opens_connections_of_its_own(store: Store, a: Any) -> None:
    assert store.get_connection("ca-1")
    child = os.fork()
    if child == 0:
        try:
            store.add_connection(a.connection("ca-2"), a.sealed())
            gc.collect()
            os._exit(0 if len(store.list_connections()) == 2 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.add_connection(a.connection("ca-3"), a.sealed())
    assert [one.id for one in store.list_connections()] == ["ca-3", "ca-2", "ca-1"]


OPENS_AT_ONCE = """
import pathlib, sys
from composio.model.connection import Integration
from composio.store.records import Sealed
from composio.store.store import Store
import alembic.command, composio.store.integrations
store = Store(lambda: pathlib.Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for turn in range(5):
    integration = Integration(id=f"{sys.argv[2]}-{turn}", app="x", name="x", auth_mode="API_KEY", scheme="api_key")
    store.add_integration(integration, Sealed("k", b"w", b"b"))
store.close()
"""


def test_processes_that_open_a_fresh_file_together_do_not_clash(open_store: Open, tmp_path: Path) -> None:
    said = at_once(OPENS_AT_ONCE, *([str(tmp_path / FILE), str(number)] for number in range(4)))
    assert said == [("", "")] * 4
    assert len(open_store().list_integrations()) == 20


TAKES_ONCE = """
import pathlib, sys
from composio.store.store import Store
store = Store(lambda: pathlib.Path(sys.argv[1]))
store.get_connection("ca-1")
print("ready", flush=True)
sys.stdin.readline()
leases = store.take_lease("ca-1", sys.argv[2], now=100.0, seconds=10.0, if_version=1)
uses = store.use_authorization("hash-1", 200.0)
polls = store.claim_poll("hash-2", now=200.0, next_poll_at=205.0)
print(int(leases), int(uses), int(polls))
store.close()
"""


def test_of_several_processes_one_gets_each_lease_use_and_poll(store: Store, a: Any, tmp_path: Path) -> None:
    store.add_authorization(a.authorization(), a.sealed())
    store.add_authorization(a.authorization("hash-2", next_poll_at=150.0), a.sealed())
    told = at_once(TAKES_ONCE, *([str(tmp_path / FILE), f"owner {number}"] for number in range(4)))
    got = [[int(word) for word in one.split()] for one, _ in told]
    assert [sum(column) for column in zip(*got, strict=True)] == [1, 1, 1]


def test_the_question_of_every_call_is_answered_from_an_index(store: Store, tmp_path: Path) -> None:
    from composio.store import connections

    texts = {
        "newest_usable": connections._NEWEST_USABLE,
        "newest": connections._NEWEST,
        "get": connections._ONE,
    }
    values = {"project": "", "id": "ca-1", "entity_id": "ada", "app": "github"}
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        for name, statement in texts.items():
            text = str(
                statement.params(values).compile(
                    dialect=sa.create_engine("sqlite://").dialect, compile_kwargs={"literal_binds": True}
                )
            )
            plan = " | ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}"))
            assert "SCAN" not in plan, (name, plan)
            assert "TEMP B-TREE" not in plan, (name, plan)


def test_threads_that_each_make_a_database_of_their_own_do_not_clash(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(8)]
    together = threading.Barrier(len(folders))

    def made(folder: Path) -> int:
        folder.mkdir()
        store = Store(lambda: folder / "accounts.sqlite3")
        together.wait()
        try:
            return store.count_sealed()
        finally:
            store.close()

    with ThreadPoolExecutor(len(folders)) as pool:
        assert list(pool.map(made, folders)) == [0] * len(folders)


def test_a_connection_from_before_it_was_kept_whether_it_works_counts_as_one_that_did(
    store: Store, open_store: Open, a: Any, tmp_path: Path
) -> None:
    store.add_connection(a.connection("ca-2", activated_at=5.5), a.sealed("2"))
    store.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        bring_back(connection)
    for _ in range(2):
        found = open_store().get_connection("ca-2")
        assert found
        assert (found.connection.worked_at, found.sealed) == (5.5, a.sealed("2"))
