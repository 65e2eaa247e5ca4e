"""Stores over files of their own, and records that fill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.model.connection import Connection, ConnectionStatus, Integration
from composio.store.records import Authorization, Sealed
from composio.store.store import Store

FILE = "accounts.sqlite3"


class Records:
    """Records that a test names only what it is about of."""

    @staticmethod
    def sealed(mark: str = "") -> Sealed:
        return Sealed("key-1", f"wrapped {mark}".encode(), f"box {mark}".encode())

    @staticmethod
    def integration(id: str = "in-1", **more: Any) -> Integration:
        values: dict[str, Any] = {"app": "github", "name": "mine", "auth_mode": "OAUTH2", "scheme": "oauth2", "created_at": 1.0}
        return Integration(id=id, **values | more)

    @staticmethod
    def connection(id: str = "ca-1", **more: Any) -> Connection:
        values: dict[str, Any] = {
            "entity_id": "ada",
            "app": "github",
            "integration_id": "in-1",
            "auth_mode": "OAUTH2",
            "scheme": "oauth2",
            "status": ConnectionStatus.ACTIVE,
            "version": 1,
        }
        return Connection(id=id, **values | more)

    @staticmethod
    def authorization(state_hash: str = "hash-1", **more: Any) -> Authorization:
        values: dict[str, Any] = {
            "connection_id": "ca-1",
            "integration_id": "in-1",
            "entity_id": "ada",
            "redirect_uri": "http://127.0.0.1/",
            "created_at": 100.0,
            "expires_at": 700.0,
        }
        return Authorization(state_hash=state_hash, **values | more)


@pytest.fixture
def a() -> Records:
    return Records()


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Each call opens the same file as another process would."""
    opened: list[Store] = []

    def make() -> Store:
        opened.append(Store(lambda: tmp_path / FILE))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def store(open_store: Callable[[], Store], a: Records) -> Store:
    """An empty one with one integration and one connection."""
    made = open_store()
    made.add_integration(a.integration(), a.sealed("i"))
    made.add_connection(a.connection(), a.sealed("c"))
    return made
