"""What every call asks of PostgreSQL without SQLAlchemy: few connections, and lost ones cost no call."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from composio.errors import StoreError
from composio.store import calls
from composio.store.calls import CallRow, CallStatus
from composio.store.database import EVERYTHING, Database, Reach
from composio.store.direct import Direct
from composio.store.tables import calls as table

psycopg = pytest.importorskip("psycopg")
_IDS = sa.select(table.c.id).where(table.c.id == sa.bindparam("id"))


@pytest.fixture(scope="module")
def database(url: str) -> Iterator[Database]:
    made = Database(sa.make_url(url))
    made.change(sa.delete(table), EVERYTHING)
    yield made
    made.close()


def direct(database: Database) -> Direct:
    found = database._opened().direct
    assert found is not None
    return found


def row(name: str, **changes: Any) -> CallRow:
    given: dict[str, Any] = {"project_id": "p", "id": name, "digest": b"d", "owner": "o", "kind": "action", "action": "A"}
    more = {"app": "a", "entity_id": "ada", "status": CallStatus.STARTED, "started_at": 1.0}
    return CallRow(**{**given, **more, **changes})


def end_sessions(database: Database) -> None:
    """As a server that starts anew does."""
    with psycopg.connect(database.url.set(drivername="postgresql").render_as_string(hide_password=False)) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
        )


def test_many_threads_share_a_few_connections(database: Database) -> None:
    calls.write(database, [row("shared")])
    with ThreadPoolExecutor(12) as pool:
        found = pool.map(lambda _: database.first(_IDS, {"id": "shared"}, Reach("p")), range(60))
        assert {tuple(one or ()) for one in found} == {("shared",)}
    assert 1 <= len(direct(database)._idle) <= 5


def test_a_lost_connection_costs_no_question(database: Database) -> None:
    calls.write(database, [row("lasting")])
    end_sessions(database)
    assert database.first(_IDS, {"id": "lasting"}, Reach("p")) == ("lasting",)


def test_a_connection_that_the_server_ended_costs_no_change(database: Database) -> None:
    calls.write(database, [row("kept")])
    end_sessions(database)
    assert calls.write(database, [row("changed")]) == {"changed"}


def test_a_connection_that_rested_is_proven_before_something_is_written(database: Database) -> None:
    calls.write(database, [row("before")])
    end_sessions(database)
    for kept in direct(database)._idle:
        kept.used_at -= 60
    assert calls.write(database, [row("after")]) == {"after"}


def test_what_was_closed_opens_again(database: Database) -> None:
    calls.write(database, [row("open")])
    idle = list(direct(database)._idle)
    database.close()
    assert all(one.is_lost for one in idle)
    assert database.first(_IDS, {"id": "open"}, Reach("p")) == ("open",)


def test_a_value_that_cannot_be_stored_is_told_from_a_database_that_is_away(database: Database) -> None:
    for wrong in ("half \ud800", "nul \0"):
        with pytest.raises(StoreError) as caught:
            calls.write(database, [row("wrong", entity_id=wrong)])
        assert caught.value.reason == "value"
    with pytest.raises(StoreError) as caught:
        calls.write(database, [row("open", request_id="other")])  # an id that is there
    assert caught.value.reason == "value"


def test_calls_are_ended_and_begun_in_any_number(database: Database) -> None:
    rows = [row(f"n{at}", request_id=f"n{at}", connection_id=None if at % 2 else "ca") for at in range(7)]
    assert calls.write(database, rows) == {one.id for one in rows}
    assert calls.write(database, []) == set()
    nothing = dict.fromkeys(calls.COMPLETED)
    same: dict[str, Any] = {**nothing, "status": "done", "action": "B", "app": "b", "seconds": 0.5, "answer": b"1"}
    ended = [
        {**same, "id": one.id, "request_id": one.request_id, "http_status": 200 if at else None} for at, one in enumerate(rows)
    ]
    assert calls.write(database, [row("again", request_id="n0"), row("fresh", request_id="n9")], ended) == {"fresh"}
    found = calls.find(database, "p", "n1")
    assert found is not None
    assert (found.status, found.action, found.http_status, found.answer) == (CallStatus.DONE, "B", 200, b"1")


def test_what_ends_and_what_begins_is_one_statement(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    calls.write(database, [row("first", request_id="same")])
    ended = [{**dict.fromkeys(calls.COMPLETED), "id": "first", "status": CallStatus.FAILED, "action": "A", "app": "a"}]
    asked: list[str] = []
    change = Direct.change

    def counted(self: Direct, text: str, values: Any) -> Any:
        asked.append(text)
        return change(self, text, values)

    monkeypatch.setattr(Direct, "change", counted)
    calls.write(database, [row("second", request_id="other")], ended)
    assert len(asked) == 1
    assert calls.find(database, "p", "same") is None  # it lets its request go
    found = calls.get(database, "p", "first")
    assert found is not None
    assert found.status is CallStatus.FAILED
    assert calls.write(database, [row("third", request_id="same")]) == {"third"}


@pytest.mark.parametrize(("request_id", "expected"), [(None, "off"), ("r-synced", "on")])
def test_only_a_request_that_may_come_again_waits_for_the_disk(
    database: Database, request_id: str | None, expected: str
) -> None:
    with database.write(EVERYTHING) as connection:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS waited (how text)"))
        connection.execute(
            sa.text(
                "CREATE OR REPLACE FUNCTION note_wait() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN INSERT INTO waited VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$"
            )
        )
        connection.execute(
            sa.text(f"CREATE OR REPLACE TRIGGER note_wait AFTER INSERT ON {table.name} EXECUTE FUNCTION note_wait()")
        )
    try:
        calls.write(database, [row(f"waits-{expected}", request_id=request_id)])
        with database.write(EVERYTHING) as connection:
            assert list(connection.execute(sa.text("DELETE FROM waited RETURNING how")).scalars()) == [expected]
        shown = direct(database).first("SHOW synchronous_commit", {})
        assert shown is not None
        assert shown[0] == "on"  # the connection's next statement waits again
    finally:
        with database.write(EVERYTHING) as connection:
            connection.execute(sa.text(f"DROP TRIGGER note_wait ON {table.name}"))
            connection.execute(sa.text("DROP FUNCTION note_wait"))
            connection.execute(sa.text("DROP TABLE waited"))
