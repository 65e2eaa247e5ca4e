"""Stored connections: one file with 100,000 of them, each sealed as it would be; what a call asks, and a change of the key."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from composio.accounts.book import Book
from composio.model.connection import Connection, ConnectionStatus, Integration
from composio.model.secret import SecretValues
from composio.store import rows as store_rows
from composio.store.database import Database
from composio.store.records import place_of
from composio.store.store import Store
from composio.store.tables import connections
from composio.vault.keys import VARIABLE, MasterKeys
from composio.vault.rotation import rotate
from composio.vault.vault import Vault

CONNECTIONS = 100_000
APPS = ("github", "slack", "gmail", "notion")
CALLS = 10_000
WARM_UP = 200
# As long as GitHub's and Google's together.
VALUES = SecretValues(access_token="a" * 180, refresh_token="r" * 120, token_type="Bearer", scope="repo read:user")
KEYS = [b64encode(bytes([number]) * 32).decode() for number in (1, 2)]


class Accounts:
    """A file in ``folder`` and the keys that open it."""

    def __init__(self, folder: Path, *keys: str) -> None:
        self.file = folder / "accounts.sqlite3"
        self.all_projects = Store(lambda: self.file, project=None)
        self.store = self.all_projects.for_project("")
        self.keys = MasterKeys(lambda: folder, {VARIABLE: ",".join(keys)}, self.store.sealed_key_ids)
        self.book = Book(self.store, Vault(self.keys))

    def fill(self) -> None:
        """A quarter of the connections of each app; every entity has one or two of it, of which the newest counts."""
        for app in APPS:
            config = SecretValues(client_id="c" * 20, client_secret="s" * 40)
            self.book.add_integration(
                Integration(id=f"int_{app}", app=app, name=app, auth_mode="OAUTH2", scheme="oauth2", config=config)
            )
        database = Database(sa.URL.create("sqlite", database=str(self.file)))
        for start in range(0, CONNECTIONS, 10_000):
            with database.write() as connection:
                connection.execute(sa.insert(connections), [self._row(number) for number in range(start, start + 10_000)])
        database.close()

    def _row(self, number: int) -> dict[str, object]:
        app = APPS[number % len(APPS)]
        one = Connection(
            id=f"conn_{number:024x}",
            entity_id=entity(number),
            app=app,
            integration_id=f"int_{app}",
            auth_mode="OAUTH2",
            scheme="oauth2",
            status=ConnectionStatus.ACTIVE,
            scopes=("repo", "read:user"),
            created_at=float(number),
        )
        return store_rows.row_of(one, store_rows.CONNECTION, self.book.seal(one, VALUES))


def entity(number: int) -> str:
    return f"user-{number // len(APPS) % 16_000}"


def measured(work: Callable[[int], object]) -> tuple[float, float]:
    """p50 and p99 in ms, over connections chosen by chance."""
    chance = random.Random(1)
    took: list[float] = []
    for _ in range(CALLS + WARM_UP):
        number = chance.randrange(CONNECTIONS)
        started = time.perf_counter()
        work(number)
        took.append((time.perf_counter() - started) * 1000)
    took = took[WARM_UP:]
    return statistics.median(took), statistics.quantiles(took, n=100)[98]


def rows() -> list[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        accounts = Accounts(Path(folder), KEYS[0])
        accounts.fill()
        store, book = accounts.store, accounts.book
        lookup = measured(lambda number: store.newest_usable(APPS[number % len(APPS)], entity(number)))
        exact = measured(lambda number: store.get_connection(f"conn_{number:024x}"))
        opened = measured(lambda number: book.newest_usable(APPS[number % len(APPS)], entity(number)))
        absent = measured(lambda number: store.newest_usable("github", f"nobody-{number}"))
        found = store.get_connection(f"conn_{5:024x}")
        assert found is not None
        place = place_of(found.connection)
        vault = measured(lambda _: book.vault.open(found.sealed, place))
        sealing = measured(lambda _: book.vault.seal(VALUES, place))
        store.close()
        size = accounts.file.stat().st_size
        rotating = Accounts(Path(folder), KEYS[1], KEYS[0])
        started, cpu = time.perf_counter(), time.process_time()
        wrapped = rotate(rotating.keys, rotating.book.vault, rotating.all_projects)
        took = f"{time.perf_counter() - started:.0f} s ({time.process_time() - cpu:.0f} CPU s)"
        rotating.store.close()
    stored = f"{CONNECTIONS:,} connections in one file of {size / 2**20:.0f} MiB"
    return [
        (f"{stored}: an entity's newest usable one, p50 / p99", _both(lookup), "p99 <= 2 ms"),
        ("the same by its id", _both(exact), "p99 <= 2 ms"),
        ("the same for an entity that has none", _both(absent), "p99 <= 2 ms"),
        ("the newest usable one, its secrets and its integration's opened", _both(opened), "p50 <= 0.2 ms"),
        ("open one secret, p50 / p99", _both(vault), ""),
        ("seal one secret, p50 / p99", _both(sealing), ""),
        (f"wrap all {wrapped:,} secrets under a new master key", took, ""),
    ]


def _both(figures: tuple[float, float]) -> str:
    return f"{figures[0]:.3f} ms / {figures[1]:.3f} ms"
