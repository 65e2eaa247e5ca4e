"""Stores over files of their own, and records that fill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from composio.store.store import Store
from tests.peers.postgresql import add_database
from tests.peers.records import Records

FILE = "accounts.sqlite3"


@pytest.fixture(scope="module")
def url(postgresql: str) -> str:
    """An empty database of a PostgreSQL server, as its superuser reaches it."""
    return add_database(postgresql)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The operator's store, in a SQLite file and in a PostgreSQL database, one for all tests of a module."""
    url = request.getfixturevalue("url") if request.param == "postgresql" else None
    folder: Path = tmp_path_factory.mktemp("stores")
    made = Store(lambda: folder / "db", url, project=None)
    yield made
    made.close()


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
