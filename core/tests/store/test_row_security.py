"""PostgreSQL keeps projects apart by itself, whatever statements say, and for whoever owns the tables too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.store.test_projects import CALLS, PROJECTS, Drawn, fill, outcome

from composio.errors import StoreError
from composio.model.connection import ConnectionStatus
from composio.model.job import Job
from composio.store import calls, jobs, migrate, tables
from composio.store.calls import CallQuery, CallRow, CallStatus
from composio.store.claims import Lease
from composio.store.database import EVERYTHING, Database, Reach
from composio.store.projects import Partition
from composio.store.records import ProjectKey, place_of
from composio.store.store import Store
from composio.store.triggers.tables import jobs as jobs_table
from composio.vault.keys import VARIABLE, MasterKeys
from composio.vault.projectkeys import ProjectKeys, refuse_wrapper
from composio.vault.rotation import rotate
from composio.vault.vault import Vault
from tests.peers.earlier import LEDGER_COLUMNS, NEWEST
from tests.peers.records import Records

psycopg = pytest.importorskip("psycopg")
TABLES = [tables.integrations, tables.connections, tables.authorizations, tables.project_keys]
KEYS = ["11" * 32, "22" * 32]


@pytest.fixture(scope="module")
def owned(url: str) -> Iterator[str]:
    """A database whose owner is no superuser, as a server's should be: superusers are above all policies."""
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE ROLE owner LOGIN")
        connection.exec_driver_sql("CREATE ROLE guest LOGIN")
        connection.exec_driver_sql("CREATE DATABASE rows OWNER owner")
    yield sa.make_url(url).set(username="owner", database="rows").render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE rows WITH (FORCE)")
        connection.exec_driver_sql("DROP ROLE owner")
        connection.exec_driver_sql("DROP ROLE guest")
    admin.dispose()


@pytest.fixture
def whole(owned: str) -> Iterator[Store]:
    made = Store(lambda: Path("/nowhere"), owned, project=None)
    with made._open().write(EVERYTHING) as connection:
        for table in reversed(tables.METADATA.sorted_tables):
            connection.execute(sa.delete(table))
    yield made
    made.close()


@pytest.fixture
def filled(whole: Store) -> Store:
    """With the rows of three projects."""
    for name in ("", "p", "q"):
        fill(whole.for_project(name), name)
        key = ProjectKey(id=f"key-{name}", sealed=Records.sealed(), created_at=1.0)
        assert whole.for_project(name).add_project_key(key)
    return whole


@pytest.fixture(params=["owner", "guest"])
def raw(request: pytest.FixtureRequest, filled: Store, owned: str) -> Iterator[Callable[..., Any]]:
    """Asks as who owns the tables, or as somebody who may use them, in a transaction with such settings."""
    with filled._open().write() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"GRANT ALL ON {table.name} TO guest")
    engine = sa.create_engine(sa.make_url(owned).set(username=request.param))

    def ask(statement: str, **given: str) -> Any:
        with engine.connect() as connection:
            for name, value in given.items():
                connection.execute(
                    sa.text("SELECT set_config(:name, :value, true)"), {"name": f"composio.{name}", "value": value}
                )
            result = connection.exec_driver_sql(statement)
            found = sorted(row[0] for row in result) if result.returns_rows else result.rowcount
            connection.commit()
            return found

    yield ask
    engine.dispose()


def test_a_transaction_sees_the_rows_of_the_project_that_it_names(raw: Callable[..., Any]) -> None:
    for table in TABLES:
        projects = f"SELECT project_id FROM {table.name}"
        assert raw(projects, project="p") == ["p"]
        assert raw(projects, project="q") == ["q"]
        assert raw(projects, project="nobody") == []
        assert raw(projects, project="%") == raw(projects, project="P") == []
        assert raw(f"{projects} WHERE project_id = 'q'", project="p") == []


def test_a_transaction_that_names_none_has_the_project_without_a_name(raw: Callable[..., Any]) -> None:
    """As embedded, and as instances of a version that knows of no projects do."""
    assert raw("SELECT id FROM composio_connections") == raw("SELECT id FROM composio_connections", project="") == ["-ca"]


def test_only_who_asks_for_every_project_sees_them_all(raw: Callable[..., Any]) -> None:
    assert raw("SELECT id FROM composio_connections", every_project="on") == ["-ca", "p-ca", "q-ca"]
    for other in ("off", "", "ON", "true"):
        assert raw("SELECT id FROM composio_connections", every_project=other) == ["-ca"]


def test_a_transaction_changes_no_row_of_another_project(raw: Callable[..., Any], filled: Store) -> None:
    before = list(filled.sealed())
    assert raw("UPDATE composio_connections SET entity_id = 'eve' WHERE id = 'q-ca'", project="p") == 0
    assert raw("DELETE FROM composio_connections WHERE id = 'q-ca'", project="p") == 0
    assert raw("DELETE FROM composio_authorizations", project="nobody") == 0
    give_away = "UPDATE composio_connections SET project_id = 'q'"
    columns = "seq, project_id, id, app, name, auth_mode, scheme, use_composio_oauth_app, enabled, created_at, updated_at"
    values = "9, 'q', 'new', 'x', 'x', 'x', 'x', false, true, 0, 0"
    add = f"INSERT INTO composio_integrations ({columns}, key_id, wrapped, box) VALUES ({values}, 'k', '', '')"
    for change in (give_away, add):
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            raw(change, project="p")
    assert list(filled.sealed()) == before


def test_deleting_a_connection_deletes_who_is_on_the_way_to_it(filled: Store) -> None:
    assert filled.for_project("p").delete_connection("p-ca")
    assert filled.count_rows() == {
        "integrations": 3,
        "connections": 2,
        "authorizations": 2,
        "subscriptions": 0,
        "destinations": 0,
        "approvals": 0,
    }


def test_a_statement_that_forgets_its_project_is_held_to_it(filled: Store) -> None:
    database = filled._open()
    with Partition(database, "p").write() as transaction:
        transaction.connection.execute(sa.update(tables.connections).values(labels=["changed"]))
        assert transaction.connection.execute(sa.delete(tables.authorizations)).rowcount == 1
    labels = {name: filled.for_project(name).list_connections()[0].labels for name in ("", "p", "q")}
    assert labels == {"": (), "p": ("changed",), "q": ()}
    everyones = sa.select(tables.connections.c.id)
    assert [row[0] for row in Partition(database, "q").rows(everyones)] == ["q-ca"]
    assert Partition(database, "q").first(everyones.where(tables.connections.c.id == "p-ca"), {}) is None
    with database.one_state(Reach("q")) as connection:
        assert connection.execute(everyones).scalars().all() == ["q-ca"]


def test_what_one_project_asked_leaves_nothing_for_the_next_that_gets_its_connection(filled: Store) -> None:
    database = filled._open()
    ask = sa.text("SELECT current_setting('composio.project', true) || current_setting('composio.every_project', true)")
    for act in (
        lambda: filled.for_project("p").get_connection("p-ca"),
        lambda: filled.for_project("p").list_connections(),
        lambda: filled.for_project("p").update_connection("p-ca", now=1.0, enabled=True),
        filled.count_sealed,
    ):
        act()
        assert not database.scalar(ask, {})


def test_every_method_does_what_it_does_where_nothing_else_is_stored(whole: Store, tmp_path: Path) -> None:
    """As on SQLite, also for an owner who is held to the policies."""
    alone = {
        name: Store(lambda number=number: tmp_path / f"{number}", project=name)  # type: ignore[misc]
        for number, name in enumerate(PROJECTS)
    }
    for project in PROJECTS:
        given = Drawn(
            0, f"in-{project}-0", f"ca-{project}-0", "ada", "github", "one", ConnectionStatus.ACTIVE, True, 100.0, "a"
        )
        for name in ("add_integration", "add_connection"):
            assert (
                outcome(CALLS[name], whole.for_project(project), given) == outcome(CALLS[name], alone[project], given) is None
            )
    for project in PROJECTS:
        mine = f"ca-{project}-0"
        for row in (mine, "ca-p-0", f"in-{project}-0"):
            given = Drawn(0, row, "in-p-0", "ada", "github", "one", ConnectionStatus.ACTIVE, True, 200.0, "a")
            for name in sorted(set(CALLS) - {"add_integration", "add_connection"}, key=lambda one: ("delete" in one, one)):
                for variant in (given, replace(given, flag=False, mark="b"), replace(given, mark="c", time=100.0)):
                    here = outcome(CALLS[name], whole.for_project(project), variant)
                    there = outcome(CALLS[name], alone[project], variant)
                    assert here == there or (name.startswith(("add", "begin")) and isinstance(here, str)), (project, name)
    for one in alone.values():
        one.close()


def test_the_operator_rotates_and_backs_up_what_all_projects_have(whole: Store, tmp_path: Path) -> None:
    def keys(*several: str) -> MasterKeys:
        return MasterKeys(lambda: tmp_path, {VARIABLE: ",".join(several)}, whole.sealed_key_ids)

    first, both = Vault(keys(KEYS[0])), keys(KEYS[1], KEYS[0])
    projects = ProjectKeys(whole, first, refuse_wrapper)
    for name in ("", "p", "q"):
        one = Records.connection(f"{name}-ca")
        whole.for_project(name).add_connection(one, projects.open_vault(name).seal({"token": name}, place_of(one)))
    assert rotate(both, Vault(both), whole) == 3
    assert whole.sealed_key_ids() == {both.primary.id}
    with whole.snapshot(tmp_path / "backup") as written, Store.from_backup(written) as (copy, _):
        assert copy.count_rows()["connections"] == 3
        assert [one.id for one in copy.for_project("p").list_connections()] == ["p-ca"]
        whole.load(copy, key_id=both.primary.id, replace=True)
    again = ProjectKeys(whole, Vault(keys(KEYS[1])), refuse_wrapper)
    found = whole.for_project("q").get_connection("q-ca")
    assert found
    assert dict(again.open_vault("q").open(found.sealed, place_of(found.connection))) == {"token": "q"}
    assert whole.count_rows()["connections"] == 3


def test_the_log_of_calls_is_kept_apart_too(whole: Store) -> None:
    database = whole._open()
    rows = [
        CallRow(
            project_id=name,
            id=f"call-{name}",
            request_id="same",
            digest=b"d",
            owner="o",
            kind="action",
            action="A",
            app="a",
            entity_id="ada",
            status=CallStatus.STARTED,
            started_at=1.0,
        )
        for name in ("p", "q")
    ]
    assert calls.write(database, rows) == {"call-p", "call-q"}
    nothing = dict.fromkeys(calls.COMPLETED)
    done = [{**nothing, "id": row.id, "status": "done", "action": "A", "app": "a", "request_id": "same"} for row in rows]
    assert calls.write(database, [replace(rows[0], id="again")], done) == set()
    assert [row.id for row in calls.list_calls(database, "p", CallQuery())] == ["call-p"]
    assert calls.get(database, "p", "call-q") is None
    found = calls.find(database, "q", "same")
    assert found
    assert found.status is CallStatus.DONE
    assert calls.release(database, found)
    everyones = sa.select(tables.calls.c.id)
    assert [row[0] for row in database.rows(everyones, reach=Reach("p"))] == ["call-p"]
    assert len(list(database.rows(everyones, reach=EVERYTHING))) == 2
    assert calls.clear_answers(database, 9.0) == 1
    assert whole.for_project("p").purge_calls(9.0) == 1
    assert [row[0] for row in database.rows(everyones, reach=EVERYTHING)] == ["call-q"]


def test_jobs_are_kept_apart_too(whole: Store) -> None:
    parts = {name: whole.for_project(name).part() for name in ("p", "q")}
    for name, part in parts.items():
        assert jobs.add(part, [Job(id=f"job-{name}", kind="note", due=1.0, project="another")]) == 1
    everyones = sa.select(jobs_table.c.id)
    assert [row[0] for row in whole._open().rows(everyones, reach=Reach("p"))] == ["job-p"]
    assert jobs.claim_due(parts["q"], ["note"], Lease("w", 2.0, 30.0), 9)[0].id == "job-q"
    assert jobs.finish(parts["p"], "w", ["job-q"]) == 0
    [left] = jobs.claim_due(whole.part(), ["note"], Lease("operator", 2.0, 30.0), 9)
    assert (left.id, left.project) == ("job-p", "p")
    assert jobs.finish(whole.part(), "w", ["job-q"]) == 1


def test_a_database_of_the_last_version_gets_the_policies_with_its_rows(filled: Store, owned: str) -> None:
    filled.close()
    engine = sa.create_engine(owned)
    with engine.begin() as connection:
        for table in (*TABLES, tables.calls):
            connection.exec_driver_sql(f"DROP POLICY {table.name}_project ON {table.name}")
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE ROW LEVEL SECURITY")
        for name in (*NEWEST, "composio_project_keys"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        for index in ("changed", "states"):
            connection.exec_driver_sql(f"DROP INDEX composio_connections_{index}")
        for column in LEDGER_COLUMNS:
            connection.exec_driver_sql(f"ALTER TABLE composio_calls DROP COLUMN {column}")
        connection.exec_driver_sql(f"UPDATE {tables.VERSION_TABLE} SET version_num = '0006'")
    assert filled.count_rows()["connections"] == 3
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT id FROM composio_connections").scalars().all() == ["-ca"]
        assert connection.exec_driver_sql(f"SELECT version_num FROM {tables.VERSION_TABLE}").scalar() == migrate.HEAD
    engine.dispose()


def test_a_connection_that_the_server_ended_is_replaced(filled: Store, url: str) -> None:
    store = filled.for_project("p")
    found = store.get_connection("p-ca")
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'rows'")
    admin.dispose()
    assert store.get_connection("p-ca") == found


def test_a_server_that_is_away_is_an_error_that_names_no_value(tmp_path: Path) -> None:
    away = Store(Path, "postgresql+psycopg://nobody:hunter22@/none?host=/nowhere&connect_timeout=1", project="p")
    with pytest.raises(StoreError, match="Check that the server runs") as caught:
        away.get_connection("ca-secret")
    assert "hunter22" not in str(caught.value)
    assert "ca-secret" not in str(caught.value)


def test_a_statement_that_the_server_refuses_is_an_error_of_the_store(whole: Store) -> None:
    database: Database = whole._open()
    whole.count_sealed()
    wrong = sa.select(sa.func.no_such_function(tables.connections.c.id))
    with pytest.raises(StoreError, match="no_such_function"):
        database.first(wrong, {}, Reach("p"))
    assert whole.count_sealed() == 0


def test_what_calls_ask_directly_is_held_before_any_row_is_read(filled: Store, owned: str) -> None:
    """As a condition that is decided once, above what reads rows."""
    from composio.store.connections import _NEWEST_USABLE
    from composio.store.database import _prepare

    text, own, _ = _prepare(filled._open()._opened().reader.dialect, _NEWEST_USABLE, held=True)
    values = {
        **dict(own),
        "project": "p",
        "app": "github",
        "entity_id": "ada",
        "composio_project": "p",
        "composio_every": "off",
    }
    with psycopg.connect(sa.make_url(owned).set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        plan = [row[0] for row in connection.execute(f"EXPLAIN (COSTS OFF) {text}", values)]
    gate = next(at for at, line in enumerate(plan) if "One-Time Filter" in line)
    assert gate < min(at for at, line in enumerate(plan) if "Scan" in line), plan
    assert filled.for_project("p").newest_usable("github", "ada") == filled.for_project("p").get_connection("p-ca")
    assert filled.for_project("nobody").newest_usable("github", "ada") is None
