"""The log of calls in SQLite: which of its rows wait for the disk, and what a refused one leaves behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from composio.errors import StoreError
from composio.store import calls
from composio.store.calls import CallRow, CallStatus
from composio.store.database import Database

_NORMAL, _FULL = 1, 2


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(sa.URL.create("sqlite", database=str(tmp_path / "accounts.sqlite3")))
    yield made
    made.close()


def row(name: str, **changes: Any) -> CallRow:
    given: dict[str, Any] = {"project_id": "p", "id": name, "digest": b"d", "owner": "o", "kind": "action", "action": "A"}
    more = {"app": "a", "entity_id": "ada", "status": CallStatus.STARTED, "started_at": 1.0}
    return CallRow(**{**given, **more, **changes})


def synchronous(database: Database) -> int:
    found: int = database.change_aside(lambda driver: driver.execute("PRAGMA synchronous").fetchone()[0])
    return found


@pytest.mark.parametrize(("request_id", "expected"), [(None, _NORMAL), ("r1", _FULL)])
def test_only_a_request_that_may_come_again_waits_for_the_disk(
    database: Database, monkeypatch: pytest.MonkeyPatch, request_id: str | None, expected: int
) -> None:
    seen: list[int] = []
    change_aside = Database.change_aside

    def watched(self: Database, work: Any, *, lasting: bool = True) -> Any:
        def watching(driver: sqlite3.Connection) -> Any:
            seen.append(driver.execute("PRAGMA synchronous").fetchone()[0])
            return work(driver)

        return change_aside(self, watching, lasting=lasting)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "change_aside", watched)
        assert calls.write(database, [row("one", request_id=request_id)]) == {"one"}
    assert seen == [expected]
    assert synchronous(database) == _FULL  # the connection's next transaction waits again


def test_what_is_not_flushed_is_seen_by_others_at_once(database: Database, tmp_path: Path) -> None:
    calls.write(database, [row("one")])
    other = Database(sa.URL.create("sqlite", database=str(tmp_path / "accounts.sqlite3")))
    found = calls.get(other, "p", "one")
    other.close()
    assert found == row("one", seq=1)


def test_a_request_that_came_before_begins_nothing_and_leaves_the_others(database: Database) -> None:
    calls.write(database, [row("one", request_id="r1")])
    assert calls.write(database, [row("two", request_id="r1"), row("three", request_id="r2")]) == {"three"}
    assert calls.get(database, "p", "two") is None


def test_a_refused_row_takes_back_its_transaction_and_frees_the_file(database: Database) -> None:
    wrong = row("two", entity_id=None)
    for _ in range(3):
        with pytest.raises(StoreError):
            calls.write(database, [row("one"), wrong])
    assert calls.get(database, "p", "one") is None
    assert calls.write(database, [row("one")]) == {"one"}
    assert synchronous(database) == _FULL
