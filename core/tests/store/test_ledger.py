"""The chain of calls: whatever is changed, taken away or put in afterwards is found, and a person can be forgotten all the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from composio.model.logged import FORGOTTEN, CallFilter
from composio.store.store import Store

LONG = 3_601.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "accounts"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    made = Store(lambda: file)
    yield made
    made.close()


def make(store: Store, number: int, entity: str = "ada", **more: Any) -> str:
    row = {"id": f"log_{number}", "kind": "action", "action": "KEYED_PAY", "app": "keyed", "entity_id": entity}
    store.begin_call({**row, "started_at": float(number), "input": '{"to": "bob"}', "arguments_digest": "ab", **more})
    return f"log_{number}"


def finish(store: Store, number: int) -> None:
    store.complete_calls([{"id": f"log_{number}", "status": "done", "http_status": 200, "seconds": 0.1, "output": '"paid"'}])


@pytest.fixture
def chained(store: Store) -> Store:
    for number in range(1, 7):
        make(store, number, "ada" if number % 2 else "bob")
        finish(store, number)
        if number % 2 == 0:
            assert store.chain_calls(10.0) == 2
    return store


def change(file: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute(statement, values).rowcount > 0
        connection.commit()


def test_calls_that_are_over_are_chained_in_their_order_and_others_are_not(store: Store) -> None:
    make(store, 1)
    make(store, 2)
    finish(store, 2)
    assert store.chain_calls(10.0) == 1
    assert store.chain_calls(10.0) == 0
    found = store.check_calls()
    assert (found.holds, found.checked, found.first, found.number, found.open) == (True, 1, 1, 1, 1)
    second, first = store.list_calls(CallFilter())
    assert (second.number, second.hash, first.number, first.hash) == (1, found.hash, None, None)


def test_an_empty_ledger_holds(store: Store) -> None:
    found = store.check_calls()
    assert (found.holds, found.checked, found.number) == (True, 0, 0)


def test_a_call_that_nobody_completes_is_chained_as_unknown_and_stays_so(store: Store) -> None:
    make(store, 1)
    assert store.chain_calls(1.0 + LONG) == 1
    finish(store, 1)
    (one,) = store.list_calls(CallFilter())
    assert one.status == "unknown"
    assert store.check_calls().holds


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "KEYED_OTHER"),
        ("status", "failed"),
        ("decision", "allow"),
        ("approver", "carol"),
        ("agent", "bot"),
        ("run", "run_1"),
        ("started_at", 2.5),
        ("http_status", 500),
        ("entity_id", "eve"),
        ("input", '{"to": "eve"}'),
        ("output", None),
        ("error", "no"),
        ("arguments_digest", "cd"),
        ("on_behalf_of", "eve"),
        ("chain_private", b"x"),
        ("chain_hash", b"x"),
        ("chain_number", 30),
    ],
)
def test_whatever_is_changed_is_found(chained: Store, file: Path, column: str, value: Any) -> None:
    assert chained.check_calls().holds
    change(file, f"UPDATE composio_calls SET {column} = ? WHERE id = 'log_3'", value)
    found = chained.check_calls()
    assert not found.holds
    assert found.checked < 6


def take_first(file: Path) -> None:
    change(file, "DELETE FROM composio_calls WHERE chain_number = 1")


def take_middle(file: Path) -> None:
    change(file, "DELETE FROM composio_calls WHERE chain_number = 3")


def take_last(file: Path) -> None:
    change(file, "DELETE FROM composio_calls WHERE chain_number = 6")


def take_all(file: Path) -> None:
    change(file, "DELETE FROM composio_calls")


def swap(file: Path) -> None:
    change(file, "UPDATE composio_calls SET chain_number = 7 - chain_number WHERE chain_number IN (3, 4)")


def double(file: Path) -> None:
    change(file, "UPDATE composio_calls SET chain_number = 2 WHERE chain_number = 3")


def cut_with_its_end(file: Path) -> None:
    take_last(file)
    change(file, "UPDATE composio_call_chains SET number = 5")


def pretend_to_have_forgotten(file: Path) -> None:
    change(file, "UPDATE composio_calls SET chain_salt = NULL, output = 'nothing' WHERE chain_number = 2")


@pytest.mark.parametrize(
    "tamper",
    [take_first, take_middle, take_last, take_all, swap, double, cut_with_its_end, pretend_to_have_forgotten],
    ids=lambda one: str(one.__name__),
)
def test_whatever_is_taken_away_or_moved_is_found(chained: Store, file: Path, tamper: Callable[[Path], None]) -> None:
    tamper(file)
    assert not chained.check_calls().holds


def test_a_chain_that_was_cut_together_with_its_end_is_told_by_a_hash_from_before(chained: Store, file: Path) -> None:
    before = chained.check_calls()
    head = (before.number, before.hash)
    assert chained.check_calls(head).holds
    take_last(file)
    with closing(sqlite3.connect(file)) as connection:
        (link,) = connection.execute("SELECT chain_hash FROM composio_calls WHERE chain_number = 5").fetchone()
    change(file, "UPDATE composio_call_chains SET number = 5, hash = ?", link)
    assert chained.check_calls().holds
    assert [one.number for one in chained.check_calls(head).broken] == [6]
    make(chained, 9)
    finish(chained, 9)
    assert chained.chain_calls(10.0) == 1
    assert "rebuilt" in chained.check_calls(head).broken[0].why


def test_a_person_is_forgotten_and_the_chain_holds(chained: Store, file: Path) -> None:
    make(chained, 8, "eve", on_behalf_of="ada")
    assert chained.forget_entity("ada") == {"calls": 4, "events": 0}
    found = chained.check_calls()
    assert (found.holds, found.forgotten, found.checked) == (True, 3, 6)
    assert b"'ada'" not in b"".join(str(row).encode() for row in closing_rows(file))
    entities = [one.entity_id for one in chained.list_calls(CallFilter())]
    assert sorted(set(entities)) == [FORGOTTEN, "bob"]
    change(file, "UPDATE composio_calls SET entity_id = 'ada' WHERE chain_number = 1")
    assert not chained.check_calls().holds


def closing_rows(file: Path) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT * FROM composio_calls").fetchall()


def test_what_is_old_goes_and_the_rest_still_holds(chained: Store, file: Path) -> None:
    assert chained.purge_calls(4.0) == 3
    found = chained.check_calls()
    assert (found.holds, found.first, found.checked) == (True, 4, 3)
    assert chained.purge_calls(4.0) == 0
    assert chained.purge_calls(100.0) == 3
    assert (chained.check_calls().holds, chained.check_calls().first) == (True, 7)
    make(chained, 7)
    finish(chained, 7)
    assert chained.chain_calls(10.0) == 1
    assert chained.check_calls().number == 7
    take = "DELETE FROM composio_calls WHERE chain_number = 7"
    change(file, take)
    assert not chained.check_calls().holds


def test_events_of_a_person_go_with_their_deliveries_and_others_stay(store: Store, file: Path) -> None:
    store.count_rows()
    event = (
        "INSERT INTO composio_trigger_events (id, instance_id, key, trigger, app, entity_id, connection_id, integration_id, config,"
        " payload, received_at) VALUES (?, 'ti', ?, 'T', 'a', ?, 'ca', 'in', '{}', '{}', 1.0)"
    )
    delivery = (
        "INSERT INTO composio_trigger_deliveries (id, event_id, event_seq, destination_id, ordered, status, due, attempts, created_at)"
        " VALUES (?, ?, 1, 'cb', 0, 'done', 1.0, 1, 1.0)"
    )
    attempt = "INSERT INTO composio_trigger_attempts (delivery_id, number, started_at, seconds) VALUES (?, 1, 1.0, 0.1)"
    with closing(sqlite3.connect(file)) as connection:
        for entity in ("ada", "bob"):
            connection.execute(event, (f"ev-{entity}", entity, entity))
            connection.execute(delivery, (f"dl-{entity}", f"ev-{entity}"))
            connection.execute(attempt, (f"dl-{entity}",))
        connection.commit()
    assert store.forget_entity("ada") == {"calls": 0, "events": 1}
    with closing(sqlite3.connect(file)) as connection:
        left = [
            connection.execute(f"SELECT {column} FROM composio_trigger_{table}").fetchall()
            for table, column in (("events", "id"), ("deliveries", "id"), ("attempts", "delivery_id"))
        ]
    assert left == [[("ev-bob",)], [("dl-bob",)], [("dl-bob",)]]
