"""What PostgreSQL does otherwise than SQLite: its writers run at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from composio.errors import VaultError
from composio.store import sealing, tables
from composio.store.database import LEAST_CONNECTIONS, Database, Reach
from composio.store.projects import Partition
from composio.store.records import Sealed, place_of
from composio.store.store import Store
from composio.vault.keys import VARIABLE, MasterKeys
from composio.vault.rotation import rotate
from composio.vault.vault import Vault
from tests.peers.postgresql import add_database

pytest.importorskip("psycopg")
KEYS = ["11" * 32, "22" * 32]


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    made = Database(sa.make_url(url))
    with made.write() as connection:
        for table in reversed(tables.METADATA.sorted_tables):
            connection.execute(sa.delete(table))
    yield made
    made.close()


@pytest.fixture
def all_projects(url: str, database: Database) -> Iterator[Store]:
    made = Store(lambda: Path("/nowhere"), url, project=None)
    yield made
    made.close()


@pytest.fixture
def store(all_projects: Store) -> Store:
    """Of the project without a name."""
    return all_projects.for_project("")


def test_a_key_is_not_retired_while_a_writer_who_may_use_it_has_not_committed(database: Database, store: Store, a: Any) -> None:
    checked, retiring = threading.Event(), threading.Event()

    def write() -> None:
        with database.write() as connection:
            assert sealing.storable(connection, a.sealed()) == a.sealed()
            checked.set()
            assert not retired.done()
            retiring.wait()
            row = {"id": "in-1", "app": "x", "name": "x", "auth_mode": "A", "scheme": "a", "use_composio_oauth_app": False}
            row |= {"enabled": True, "created_at": 0.0, "updated_at": 0.0, "key_id": "key-1", "wrapped": b"w", "box": b"b"}
            connection.execute(sa.insert(tables.integrations).values(row))

    def retire() -> set[str]:
        checked.wait()
        retiring.set()
        return sealing.retire(Partition(database, None), {"key-1"})

    with ThreadPoolExecutor(2) as pool:
        retired = pool.submit(retire)
        pool.submit(write).result(30)
        assert retired.result(30) == set()
    assert store.sealed_key_ids() == {"key-1"}


def test_a_writer_who_waited_while_its_key_was_retired_wraps_again(database: Database, a: Any) -> None:
    """The lock is waited for first, and only then is looked: a look from before would not see what was done meanwhile."""
    waits = threading.Event()
    fresh = Sealed("key-2", b"again", b"box")

    def write() -> Sealed:
        with database.write() as connection:
            waits.set()
            return sealing.storable(connection, Sealed("key-1", b"w", b"box", again=lambda: fresh))

    with ThreadPoolExecutor(1) as pool:
        with database.write() as connection:
            sealing._take_turn(connection, alone=True)
            written = pool.submit(write)
            waits.wait()
            with pytest.raises(TimeoutError):
                written.result(0.2)
            connection.execute(sa.insert(tables.retired_keys).values(key_id="key-1"))
        assert written.result(30) == fresh
    with database.write() as connection, pytest.raises(VaultError, match="Nothing was stored"):
        sealing.storable(connection, a.sealed())


def test_writers_do_not_wait_for_each_other(database: Database, a: Any) -> None:
    with database.write() as one, database.write() as other:
        assert sealing.storable(one, a.sealed()) == sealing.storable(other, a.sealed())


def test_a_rotation_among_writers_loses_nothing(all_projects: Store, store: Store, a: Any, tmp_path: Path) -> None:
    def keys(*several: str) -> MasterKeys:
        return MasterKeys(lambda: tmp_path, {VARIABLE: ",".join(several)}, store.sealed_key_ids)

    first, both = Vault(keys(KEYS[0])), keys(KEYS[1], KEYS[0])
    again = Vault(both)
    integration = a.integration()
    store.add_integration(integration, first.seal({"a": "b"}, place_of(integration)))
    # Sealed before the rotation, and stored by several at once while it runs.
    late = []
    for one in (a.connection(f"ca-{number}", version=0) for number in range(20)):
        sealed = first.seal({"token": one.id}, place_of(one))
        late.append((one, replace(sealed, again=partial(again.rewrap, sealed, place_of(one)))))
    with ThreadPoolExecutor(4) as pool:
        rotating = pool.submit(rotate, both, again, all_projects)
        for done in [pool.submit(store.add_connection, *one) for one in late]:
            done.result(30)
        rotating.result(30)
    rotate(both, again, all_projects)
    assert store.sealed_key_ids() == {both.primary.id}
    only = Vault(keys(KEYS[1]))
    for one, _ in late:
        found = store.get_connection(one.id)
        assert found
        assert dict(only.open(found.sealed, place_of(found.connection))) == {"token": one.id}


def test_no_more_connections_are_open_than_were_granted(postgresql: str) -> None:
    url = add_database(postgresql)
    database = Database(sa.make_url(url), most=LEAST_CONNECTIONS)
    asked = sa.select(sa.func.count()).select_from(sa.text("pg_stat_activity")).where(sa.text("datname = current_database()"))
    reach, counted = Reach("p"), []

    def ask(number: int) -> None:
        if number % 2:
            with database.write(reach) as connection:
                counted.append(connection.execute(asked).scalar_one())
        else:
            assert database.first(asked, {}, reach) is not None

    with database.session(), ThreadPoolExecutor(24) as pool:
        list(pool.map(ask, range(120)))
    database.close()
    assert max(counted) <= LEAST_CONNECTIONS
    with pytest.raises(ValueError, match="at least 8"):
        Database(sa.make_url(url), most=LEAST_CONNECTIONS - 1)
