"""Chains of calls in SQLite and PostgreSQL: many who chain at once make one chain, and each project has its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from composio.model.logged import CallFilter
from composio.store import ledger, tables
from composio.store.database import EVERYTHING
from composio.store.store import Store


@pytest.fixture
def whole(opened: Store) -> Store:
    with opened._open().write(EVERYTHING) as connection:
        for table in (tables.calls, tables.call_chains):
            connection.execute(sa.delete(table))
    return opened


def make(store: Store, number: int, *, ended: bool = True) -> None:
    id_ = f"log-{store.project}-{number}"
    row = {"id": id_, "kind": "action", "action": "A", "app": "a", "entity_id": "ada", "started_at": float(number)}
    store.begin_call({**row, "input": '{"text": "äöü \\ud83d"}', "run": "run_1", "agent": "bot"})
    if ended:
        change: dict[str, Any] = {"status": "done", "http_status": 200, "seconds": 0.1 + number / 7, "output": "1"}
        store.complete_calls([{"id": id_, **change}])


def test_many_who_chain_at_once_make_one_chain(whole: Store) -> None:
    store = whole.for_project("p")
    for number in range(60):
        make(store, number)

    def work(_: int) -> int:
        return store.chain_calls(100.0)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(8))) == 60
    found = store.check_calls()
    assert (found.holds, found.checked, found.number, found.open) == (True, 60, 60, 0)
    assert sorted(one.number or 0 for one in store.list_calls(CallFilter(limit=100))) == list(range(1, 61))


def test_projects_have_chains_of_their_own(whole: Store) -> None:
    stores = [whole.for_project(name) for name in ("p", "q", "r")]
    for store in stores[:2]:
        for number in range(3):
            make(store, number)
    make(stores[2], 1, ended=False)
    assert sorted(ledger.find_unchained(whole.part())) == ["p", "q", "r"]
    assert [store.chain_calls(100.0) for store in stores] == [3, 3, 0]
    assert [store.check_calls().number for store in stores] == [3, 3, 0]
    assert stores[0].check_calls().hash != stores[1].check_calls().hash
    assert stores[0].forget_entity("ada")["calls"] == 3
    assert [store.check_calls().forgotten for store in stores[:2]] == [3, 0]
    assert all(store.check_calls().holds for store in stores)
    assert stores[1].purge_calls(2.0) == 2
    assert [(store.check_calls().holds, store.check_calls().checked) for store in stores] == [(True, 3), (True, 1), (True, 0)]


def test_an_id_is_held_once_and_let_go_when_it_counts_no_more(whole: Store) -> None:
    store = whole.for_project("p")
    row = {"kind": "action", "action": "A", "app": "a", "entity_id": "ada", "started_at": 1.0, "owner": "o"}
    held = {"request_id": "once_1", "request_until": 50.0}
    assert store.begin_call({**row, **held, "id": "first"})
    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(lambda number: store.begin_call({**row, **held, "id": f"other-{number}"}), range(4)))
    store.complete_calls([{"id": "first", "status": "done", "answer": b"{}", "request_id": "once_1"}])
    found = store.find_call("once_1")
    assert found is not None
    assert bytes(found.answer or b"") == b"{}"
    assert store.chain_calls(100.0) == 1
    assert store.purge_calls(0.0, now=49.0) == 0
    assert store.find_call("once_1") is not None
    assert store.purge_calls(0.0, now=51.0) == 0
    assert store.find_call("once_1") is None
    assert store.begin_call({**row, **held, "id": "second"})
    assert store.check_calls().holds
