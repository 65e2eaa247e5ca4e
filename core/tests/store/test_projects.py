"""Nothing crosses projects: in a database that many share, each finds and changes what it would in a database of its own."""

from __future__ import annotations

import ast
import inspect
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.errors import StoreError
from composio.model.connection import ConnectionPage, ConnectionQuery, ConnectionStatus
from composio.model.figures import FigureFilter
from composio.model.logged import CallFilter, ChainCheck, LoggedCall
from composio.store import projects, tables
from composio.store.calls import CallStatus
from composio.store.database import Database, Engines
from composio.store.projects import Partition
from composio.store.records import ProjectKey, place_of
from composio.store.store import Store
from tests.peers.earlier import undo_projects
from tests.peers.records import Records

# The one without a name, and names that a careless comparison takes for each other.
PROJECTS = ["", "p", "P", "p%", "p "]
ENTITIES = ["ada", "Ada", "default"]
APPS = ["github", "slack"]
OWNERS = ["one", "two"]
# Rows that each project has at most; ids and states are of all projects, as they are guessed, copied and mixed up.
NUMBERS = range(3)
IDS = [f"{kind}-{project}-{number}" for project in PROJECTS for kind in ("in", "ca", "state") for number in NUMBERS]


@dataclass(frozen=True)
class Drawn:
    """What a call may be given."""

    number: int
    id: str
    other_id: str
    entity: str
    app: str
    owner: str
    status: ConnectionStatus
    flag: bool
    time: float
    mark: str


DRAWN = st.builds(
    Drawn,
    number=st.sampled_from(NUMBERS),
    id=st.sampled_from(IDS),
    other_id=st.sampled_from(IDS),
    entity=st.sampled_from(ENTITIES),
    app=st.sampled_from(APPS),
    owner=st.sampled_from(OWNERS),
    status=st.sampled_from(ConnectionStatus),
    flag=st.booleans(),
    time=st.sampled_from([100.0, 200.0, 900.0]),
    mark=st.sampled_from("abc"),
)


def add_integration(store: Store, given: Drawn) -> None:
    made = Records.integration(f"in-{store.project}-{given.number}", app=given.app, enabled=given.flag)
    store.add_integration(made, Records.sealed(given.mark))


def add_connection(store: Store, given: Drawn) -> None:
    made = Records.connection(
        f"ca-{store.project}-{given.number}",
        entity_id=given.entity,
        app=given.app,
        integration_id=given.id,
        status=given.status,
        enabled=given.flag,
        labels=(given.mark,),
    )
    store.add_connection(made, Records.sealed(given.mark))


def add_authorization(store: Store, given: Drawn) -> None:
    made = Records.authorization(f"state-{store.project}-{given.number}", connection_id=given.id, interval=5.0)
    store.add_authorization(made, Records.sealed(given.mark))


def page(store: Store, given: Drawn) -> ConnectionPage:
    query = ConnectionQuery(
        entity_ids=(given.entity,) if given.flag else (),
        statuses=(given.status,) if given.mark == "a" else (),
        order_by="updated_at" if given.time == 100.0 else "created_at",
        limit=given.number + 1,
    )
    found = store.page_connections(query)
    return replace(found, next=None if found.next is None else "more")  # where a page ends is told by the row's number


def rewrap(store: Store, given: Drawn) -> int:
    """Whatever row it is: the operator's run may be given another project's by mistake."""
    place = place_of(Records.connection(given.id))
    return store.rewrap([(place, Records.sealed(given.mark), Records.sealed("again"))])


def find_call(store: Store, given: Drawn) -> Any:
    found = store.find_call(f"request-{given.number}")
    return None if found is None else replace(found, seq=0, chain_hash=None)


def release_call(store: Store, given: Drawn) -> bool:
    found = store.find_call(f"request-{given.number}")
    return found is not None and store.release_call(found)


def begin_call(store: Store, given: Drawn) -> bool:
    row = {
        "id": f"log-{store.project}-{given.number}",
        "kind": "action",
        "action": f"{given.app.upper()}_GET",
        "app": given.app,
        "request_id": f"request-{given.number}" if given.flag else None,
    }
    return store.begin_call({**row, "owner": "o", "entity_id": given.entity, "started_at": given.time})


def complete_calls(store: Store, given: Drawn) -> None:
    store.complete_calls([{"id": log_id(given.id), "status": CallStatus.DONE, "output": given.mark, "seconds": given.time}])


def log_id(id: str) -> str:
    """An id of a call, the store's own or another project's as ``id`` is."""
    return f"log-{id.partition('-')[2]}"


def list_calls(store: Store, given: Drawn) -> list[LoggedCall]:
    found = store.list_calls(CallFilter(app=given.app if given.flag else None, text=given.mark if given.number else None))
    return [replace(one, seq=0, hash=None) for one in found]


def get_call(store: Store, given: Drawn) -> LoggedCall | None:
    found = store.get_call(log_id(given.id))
    return None if found is None else replace(found, seq=0, hash=None)


def check_calls(store: Store) -> ChainCheck:
    """Without the hash, which begins with a salt."""
    return replace(store.check_calls(), hash="")


# Each public method of a project's store, called with whatever is drawn.
CALLS: dict[str, Callable[[Store, Drawn], Any]] = {
    "add_integration": add_integration,
    "add_connection": add_connection,
    "add_authorization": add_authorization,
    "rewrap": rewrap,
    "get_integration": lambda store, given: store.get_integration(given.id),
    "list_integrations": lambda store, given: store.list_integrations(
        app=given.app if given.flag else None, disabled=given.status is ConnectionStatus.ACTIVE, limit=2 if given.flag else None
    ),
    "update_integration": lambda store, given: store.update_integration(
        given.id, now=given.time, enabled=given.flag, sealed=Records.sealed(given.mark)
    ),
    "delete_integration": lambda store, given: store.delete_integration(given.id),
    "get_connection": lambda store, given: store.get_connection(given.id),
    "newest_usable": lambda store, given: store.newest_usable(given.app, given.entity),
    "newest": lambda store, given: store.newest(given.app, given.entity),
    "list_connections": lambda store, given: store.list_connections(
        app=given.app if given.flag else None,
        entity_ids=[given.entity] if given.mark == "a" else [],
        integration_id=given.id if given.mark == "b" else None,
        active=given.time == 100.0,
        labels=[given.mark] if given.mark == "c" else [],
        limit=given.number or None,
    ),
    "project_key": lambda store, given: store.project_key(),
    "add_project_key": lambda store, given: store.add_project_key(
        ProjectKey(id=f"key-{store.project}-{given.number}", sealed=Records.sealed(given.mark), created_at=given.time)
    ),
    "destroy_project_key": lambda store, given: store.destroy_project_key(),
    "page_connections": lambda store, given: page(store, given),
    "count_connections": lambda store, given: store.count_connections([given.id, given.other_id]),
    "update_connection": lambda store, given: store.update_connection(
        given.id,
        now=given.time,
        status=given.status,
        enabled=given.flag,
        if_version=given.number if given.flag else None,
        if_owner=given.owner if given.mark == "a" else None,
        sealed=Records.sealed(given.mark),
    ),
    "delete_connection": lambda store, given: store.delete_connection(given.id, if_version=1 if given.flag else None),
    "take_lease": lambda store, given: store.take_lease(given.id, given.owner, now=given.time, seconds=50.0, if_version=1),
    "drop_lease": lambda store, given: store.drop_lease(given.id, given.owner),
    "lease_of": lambda store, given: store.lease_of(given.id),
    "mark_sent": lambda store, given: store.mark_sent(given.id, given.owner, now=given.time, seconds=50.0, if_version=1),
    "mark_lost": lambda store, given: store.mark_lost(given.id, sent_at=given.time, now=given.time, error=given.mark),
    "get_authorization": lambda store, given: store.get_authorization(given.id),
    "use_authorization": lambda store, given: store.use_authorization(given.id, given.time),
    "waiting_authorization": lambda store, given: store.waiting_authorization(given.id),
    "claim_poll": lambda store, given: store.claim_poll(given.id, now=given.time, next_poll_at=given.time + 100.0),
    "purge_authorizations": lambda store, given: store.purge_authorizations(given.time),
    "sealed": lambda store, given: list(store.sealed()),
    "sealed_not_under": lambda store, given: store.sealed_not_under(given.mark, given.number + 1),
    "count_sealed": lambda store, given: store.count_sealed(not_under=given.mark if given.flag else None),
    "count_rows": lambda store, given: store.count_rows(),
    "sealed_key_ids": lambda store, given: store.sealed_key_ids(),
    "begin_call": begin_call,
    "find_call": find_call,
    "release_call": release_call,
    "complete_calls": complete_calls,
    "list_calls": list_calls,
    "get_call": get_call,
    "count_figures": lambda store, given: store.count_figures(FigureFilter(app=given.app if given.flag else None), given.time),
    "note_refresh": lambda store, given: store.note_refresh(given.app, given.entity, now=given.time, done=given.flag),
    "chain_calls": lambda store, given: store.chain_calls(given.time + 5_000.0),
    "check_calls": lambda store, given: check_calls(store),
    "forget_entity": lambda store, given: store.forget_entity(given.entity),
    "purge_calls": lambda store, given: store.purge_calls(given.time, now=given.time if given.flag else None),
}
# Those that a project's store refuses, being the operator's, and those that concern no rows.
OPERATORS: dict[str, Callable[[Store, Path], Any]] = {
    "for_project": lambda store, _: store.for_project("p"),
    "project_of": lambda store, _: store.project_of("state"),
    "retire_keys": lambda store, _: store.retire_keys({"key-1"}),
    "reinstate_key": lambda store, _: store.reinstate_key("key-1"),
    "snapshot": lambda store, folder: store.snapshot(folder / "b"),
    "load": lambda store, folder: store.load(Store(lambda: folder / "b", project=None), key_id="key-1", replace=True),
    "has_task": lambda store, _: store.has_task("bind"),
    "finish_task": lambda store, _: store.finish_task("bind"),
}
NO_ROWS = {"exists", "close", "owner", "is_alive", "from_backup", "part"}


def public_methods() -> set[str]:
    return {name for name, _ in inspect.getmembers(Store, callable) if not name.startswith("_")}


def test_the_tests_here_know_every_method_of_a_store() -> None:
    assert set(CALLS) | set(OPERATORS) | NO_ROWS == public_methods()


def outcome(call: Callable[[Store, Drawn], Any], store: Store, given: Drawn) -> Any:
    try:
        return call(store, given)
    except StoreError as error:
        return str(error).replace(str(store._open().name), "the file")


def empty(whole: Store) -> None:
    with whole._open().write() as connection:
        for table in reversed(tables.METADATA.sorted_tables):
            connection.execute(sa.delete(table))


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Store]:
    made = Store(lambda: tmp_path / "shared", project=None)
    yield made
    made.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[dict[str, Store]]:
    """For each project a database that holds nothing else."""
    made = {
        project: Store(lambda number=number: tmp_path / f"alone-{number}", project=project)  # type: ignore[misc]
        for number, project in enumerate(PROJECTS)
    }
    yield made
    for one in made.values():
        one.close()


steps = st.lists(st.tuples(st.sampled_from(PROJECTS), st.sampled_from(sorted(CALLS)), DRAWN), min_size=10, max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_in_a_shared_database_every_method_does_what_it_would_do_in_one_of_its_own(
    shared: Store, alone: dict[str, Store], steps: list[tuple[str, str, Drawn]]
) -> None:
    empty(shared)
    for one in alone.values():
        empty(one)
    stores = {project: shared.for_project(project) for project in PROJECTS}
    for project in PROJECTS:  # so that there is something to be taken for another's
        for number, name in enumerate(("add_integration", "add_connection", "add_authorization")):
            own = f"{'in' if number < 2 else 'ca'}-{project}-0"
            given_ = Drawn(0, own, own, "ada", "github", "one", ConnectionStatus.ACTIVE, True, 100.0, "a")
            assert outcome(CALLS[name], stores[project], given_) == outcome(CALLS[name], alone[project], given_) is None
    for project, name, drawn in steps:
        assert outcome(CALLS[name], stores[project], drawn) == outcome(CALLS[name], alone[project], drawn), (project, name)
    for project, mine in stores.items():
        assert list(mine.sealed()) == list(alone[project].sealed())
        assert mine.list_connections() == alone[project].list_connections()
        assert mine.list_integrations(disabled=True) == alone[project].list_integrations(disabled=True)
    assert shared.count_sealed() == sum(store.count_sealed() for store in alone.values())


def fill(store: Store, name: str) -> None:
    """An integration, a connection and a user on the way, all with ids that begin with ``name``."""
    store.add_integration(Records.integration(f"{name}-in"), Records.sealed("i"))
    store.add_connection(Records.connection(f"{name}-ca", integration_id=f"{name}-in"), Records.sealed("c"))
    store.add_authorization(Records.authorization(f"{name}-state", connection_id=f"{name}-ca"), Records.sealed("a"))


@pytest.mark.parametrize(("mine", "others"), list(permutations(["", "p", "q"], 2)))
def test_a_row_of_another_project_is_not_there(shared: Store, mine: str, others: str) -> None:
    here, there = shared.for_project(mine), shared.for_project(others)
    fill(there, "x")
    before = list(there.sealed()), there.get_connection("x-ca"), there.get_authorization("x-state")
    assert [here.get_connection("x-ca"), here.get_integration("x-in"), here.get_authorization("x-state")] == [None] * 3
    assert [here.newest("github", "ada"), here.newest_usable("github", "ada"), here.waiting_authorization("x-ca")] == [None] * 3
    assert here.list_connections(entity_ids=["ada"], active=True) == here.list_connections() == []
    assert not here.update_connection("x-ca", now=1.0, enabled=False)
    assert not here.update_integration("x-in", now=1.0, enabled=False)
    assert not here.take_lease("x-ca", "me", now=1.0, seconds=9.0, if_version=1)
    assert not here.use_authorization("x-state", 1.0)
    assert not here.claim_poll("x-state", now=1.0, next_poll_at=9.0)
    assert not here.delete_connection("x-ca")
    assert not here.delete_integration("x-in")
    assert here.purge_authorizations(1e9) == here.count_sealed() == 0
    assert (list(there.sealed()), there.get_connection("x-ca"), there.get_authorization("x-state")) == before


def test_ids_are_of_one_project_only(shared: Store) -> None:
    """They are made at random and long, so nobody meets this; a row that is there stays as it is."""
    one, other = shared.for_project("one"), shared.for_project("other")
    fill(one, "x")
    before = list(shared.sealed())
    with pytest.raises(StoreError, match="rejects the data"):
        other.add_integration(Records.integration("x-in"), Records.sealed("new"))
    with pytest.raises(StoreError, match="rejects the data"):
        other.add_connection(Records.connection("x-ca"), Records.sealed("new"))
    with pytest.raises(StoreError, match="no connection"):
        other.add_authorization(Records.authorization("new", connection_id="x-ca"), Records.sealed("new"))
    assert list(shared.sealed()) == before


def test_a_connection_never_gets_an_integration_of_another_project(shared: Store) -> None:
    one, other = shared.for_project("one"), shared.for_project("other")
    one.add_integration(Records.integration("in-1"), Records.sealed())
    other.add_connection(Records.connection("ca-1", integration_id="in-1"), Records.sealed())
    found = other.get_connection("ca-1")
    assert found
    assert (found.integration, found.integration_sealed) == (None, None)
    assert other.newest_usable("github", "ada") is None


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_what_concerns_all_projects_is_refused_to_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(TypeError, match="project 'p'"):
        OPERATORS[name](Store(lambda: tmp_path / "shared", project="p"), tmp_path)


@pytest.mark.parametrize(
    "name", sorted(set(CALLS) - {"sealed", "sealed_not_under", "count_sealed", "count_rows", "sealed_key_ids"})
)
def test_the_operators_store_has_no_rows_of_its_own(shared: Store, name: str) -> None:
    given_ = Drawn(0, "ca-p-0", "ca-p-0", "ada", "github", "one", ConnectionStatus.ACTIVE, True, 100.0, "a")
    if name == "rewrap":  # a rotation's, which wraps whatever there is
        return
    fill(shared.for_project("p"), "x")
    with pytest.raises(TypeError, match="the operator's"):
        CALLS[name](shared, given_)


def test_the_operators_store_counts_what_all_have_and_knows_whom_a_state_belongs_to(shared: Store) -> None:
    for project in ("", "p", "q"):
        fill(shared.for_project(project), project)
    assert shared.count_rows() == {
        "integrations": 3,
        "connections": 3,
        "authorizations": 3,
        "subscriptions": 0,
        "destinations": 0,
        "approvals": 0,
    }
    assert shared.for_project("p").count_rows() == {
        "integrations": 1,
        "connections": 1,
        "authorizations": 1,
        "subscriptions": 0,
        "destinations": 0,
        "approvals": 0,
    }
    assert [shared.project_of(state) for state in ("p-state", "-state", "nobody's")] == ["p", "", None]


# No statement forgets its project


ROWS = r"composio_(?:integrations|connections|authorizations|project_keys|calls|refreshes)"


def is_bound(statement: str) -> bool:
    """Whether each of the tables of rows that a statement reads or changes is held to a project."""
    flat = " ".join(statement.split())
    if flat.startswith("INSERT"):
        return "project_id" in flat.partition("VALUES")[0]
    named = set(re.findall(rf"(?:FROM|JOIN|UPDATE) ({ROWS})", flat))
    held = set(re.findall(rf"({ROWS})\.project_id = (?:\?|{ROWS}\.project_id)", flat))
    return named <= held


def test_every_statement_that_a_projects_store_sends_is_held_to_the_project(
    shared: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shared.for_project("p")
    fill(store, "x")
    sent: list[str] = []
    # As SQLAlchemy sends it, and as the short way to SQLite does.
    sa.event.listen(shared._open()._opened()[1], "before_cursor_execute", lambda _c, _k, text, *_: sent.append(text))
    straight = Database._straight

    def listen(self: Database, engines: Engines, statement: sa.Select[Any], *more: Any) -> Any:
        sent.append(str(statement.compile(dialect=engines.reader.dialect)))
        return straight(self, engines, statement, *more)

    monkeypatch.setattr(Database, "_straight", listen)
    for name, call in CALLS.items():
        if name == "begin_call":  # a row that says whose it is, which SQLite's driver is given
            continue
        for flag in (True, False):
            for mark in "abc":
                before = len(sent)
                outcome(
                    call, store, Drawn(1, "x-ca", "x-in", "ada", "github", "one", ConnectionStatus.ACTIVE, flag, 100.0, mark)
                )
                assert any(re.search(ROWS, text) for text in sent[before:]), name
    assert [text for text in sent if re.search(ROWS, text) and not is_bound(text)] == []


@pytest.mark.parametrize("module", ["integrations", "connections", "leases", "authorizations", "pages", "projectkeys"])
def test_statements_about_rows_are_begun_where_the_project_is_added(module: str) -> None:
    """Except one, which asks whose a state is, and those that count what such statements find."""
    file = Path(projects.__file__).with_name(f"{module}.py")
    begun = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"sa.select", "sa.update", "sa.delete", "sa.insert", "sa.text"}
    ]
    counts = ["sa.select(sa.func.count())"] * 2
    assert begun == {"authorizations": ["sa.select(table.c.project_id)"], "pages": counts}.get(module, [])


def test_a_statement_that_is_sent_without_a_project_fails(shared: Store) -> None:
    database = shared._open()
    fill(shared.for_project("p"), "x")
    for statement in (
        projects.select(tables.connections, tables.connections.c.id),
        projects.delete(tables.authorizations),
        projects.update(tables.connections).values(enabled=False),
    ):
        with pytest.raises(StoreError, match="project"), database.write() as connection:
            connection.execute(statement)
    with pytest.raises(TypeError, match="one project"), Partition(database, None).write() as transaction:
        Partition(database, None).insert(transaction, tables.connections, {"id": "x"})
    assert shared.count_sealed() == 3


# From before there were projects


def columns(file: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def test_what_was_stored_before_there_were_projects_belongs_to_the_one_without_a_name(shared: Store, tmp_path: Path) -> None:
    fill(shared.for_project(""), "x")
    found = shared.for_project("").get_connection("x-ca")
    shared.close()
    with closing(sqlite3.connect(tmp_path / "shared")) as connection:
        undo_projects(connection)
    assert "project_id" not in columns(tmp_path / "shared", "composio_connections")
    assert shared.for_project("").get_connection("x-ca") == found
    assert shared.for_project("p").get_connection("x-ca") is None
    assert shared.count_sealed() == 3


def test_an_instance_of_the_last_version_goes_on_after_the_migration(shared: Store, tmp_path: Path) -> None:
    """It names no project; what it reads and adds is of the one without a name."""
    fill(shared.for_project(""), "x")
    shared.close()
    with closing(sqlite3.connect(tmp_path / "shared")) as old:
        undo_projects(old)
        copied = ", ".join(name for name in columns(tmp_path / "shared", "composio_connections") if name not in {"seq", "id"})
        assert shared.count_sealed() == 3  # another instance has migrated it
        assert "project_id" in columns(tmp_path / "shared", "composio_connections")
        old.execute(f"INSERT INTO composio_connections (id, {copied}) SELECT 'late', {copied} FROM composio_connections")
        old.commit()
        assert old.execute("SELECT count(*) FROM composio_connections").fetchone() == (2,)
    assert shared.for_project("").get_connection("late")
    assert shared.for_project("p").get_connection("late") is None
