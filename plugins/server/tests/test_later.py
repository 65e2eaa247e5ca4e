"""What nobody waits for is written all the same, once, when the database is back."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from composio.errors import StoreError
from composio.store.gathering import Gathering
from composio_server.services import later
from composio_server.services.later import LateWriter


class Store:
    """Takes rows, but for one value, and none while it is away."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.away = threading.Event()
        self.tried = threading.Semaphore(0)

    def __call__(self, items: Sequence[int]) -> list[None]:
        self.tried.release()
        if self.away.is_set():
            raise StoreError("away", reason="away")
        if 13 in items:
            raise StoreError("no such number", reason="value")
        self.rows += items
        return [None] * len(items)


def test_one_value_that_can_not_be_stored_is_no_reason_to_lose_anothers() -> None:
    store = Store()
    writer = LateWriter(Gathering(store), "numbers")
    for number in (1, 13, 2):
        writer.put(number)
    writer.stop()
    assert store.rows == [1, 2]
    writer.put(3)
    writer.stop()
    assert store.rows == [1, 2, 3]


def test_what_happened_already_is_written_when_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "_PAUSE", 0.01)
    store = Store()
    store.away.set()
    writer = LateWriter(Gathering(store), "numbers")
    for number in range(100, 400):
        writer.put(number)
    for _ in range(3):
        assert store.tried.acquire(timeout=60)
    store.away.clear()
    writer.stop()
    assert store.rows == list(range(100, 400))


def test_who_stops_does_not_wait_for_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    store.away.set()
    writer = LateWriter(Gathering(store), "numbers")
    writer.put(1)
    writer.stop()
    assert "1 numbers could not be written" in caplog.text
