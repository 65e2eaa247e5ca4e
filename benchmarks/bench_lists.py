"""A million connections of one project in PostgreSQL: looking one up, and the pages of lists with their totals."""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from bench_server import postgresql
from composio.model.connection import ConnectionQuery, ConnectionStatus
from composio.store.database import EVERYTHING, Database
from composio.store.store import Store

CONNECTIONS = int(os.environ.get("COMPOSIO_LISTED_CONNECTIONS", "1000000"))
ENTITIES = CONNECTIONS // 40 * 12  # a multiple of the number of apps: each entity has connections to one of them
PROJECT = "pr_large"
APPS = ("github", "slack", "notion", "gmail")  # an entity's by its number
LOOKUPS, PAGES, WARM_UP = 2_000, 100, 20
# One in a thousand has expired, and all of those are of one app; one in a hundred failed.
FILL = sa.text(
    "INSERT INTO composio_connections (id, entity_id, app, integration_id, auth_mode, scheme, status, enabled, labels, scopes,"
    " version, created_at, updated_at, key_id, wrapped, box, project_id)"
    " SELECT 'conn_' || n, 'user' || (n % :entities), (ARRAY['github', 'slack', 'notion', 'gmail'])[1 + n % 4],"
    " 'int_' || (n % 50), 'API_KEY', 'api_key', CASE WHEN n % 1000 = 0 THEN 'EXPIRED' WHEN n % 97 = 0 THEN 'FAILED'"
    " ELSE 'ACTIVE' END, true, '[]', '[]', 1, 1e9 + n, 1e9 + n, 'k', decode(repeat('ab', 60), 'hex'),"
    " decode(repeat('cd', 150), 'hex'), :project FROM generate_series(1, :count) n"
)
EXPIRED = (ConnectionStatus.EXPIRED,)
LISTS = {
    "all": ConnectionQuery(),
    "of an app": ConnectionQuery(apps=("slack",)),
    "of an integration": ConnectionQuery(integration_ids=("int_7",)),
    "that can be used": ConnectionQuery(statuses=(ConnectionStatus.ACTIVE,)),
    "that have expired": ConnectionQuery(statuses=EXPIRED),
    "of an app, that have expired: none": ConnectionQuery(statuses=EXPIRED, apps=("slack",)),
    "that are switched off: none": ConnectionQuery(disabled=True),
    "that failed, last changed first": ConnectionQuery(statuses=(ConnectionStatus.FAILED,), order_by="updated_at"),
}


def rows() -> list[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder, "pg")) as url:
        _fill(url)
        store = Store(lambda: Path(folder, "none"), url=url, project=None).for_project(PROJECT)
        found = [_looked_up(store)]
        for name, query in LISTS.items():
            times = _time(PAGES, lambda query=query: store.page_connections(query))  # type: ignore[misc]  # mypy does not infer it
            found.append((f"a page of connections with its total: {name}", _say(times), "<= 20 ms"))
        store.close()
        return found


def _fill(url: str) -> None:
    database = Database(sa.make_url(url))
    with database.write(EVERYTHING) as connection:
        connection.execute(FILL, {"entities": ENTITIES, "project": PROJECT, "count": CONNECTIONS})
    database.close()
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # as PostgreSQL does by itself, a minute later
        connection.execute(sa.text("VACUUM ANALYZE composio_connections"))
    engine.dispose()


def _looked_up(store: Store) -> tuple[str, str, str]:
    asked = iter(random.Random(1).choices(range(1, ENTITIES), k=LOOKUPS + WARM_UP))

    def look() -> None:
        user = next(asked)
        assert store.newest(APPS[user % len(APPS)], f"user{user}") is not None

    times = _time(LOOKUPS, look)
    return f"{CONNECTIONS:,} connections in PostgreSQL: an entity's newest one", _say(times), "p99 <= 3 ms"


def _time(count: int, work: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(count + WARM_UP):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return times[WARM_UP:]


def _say(times: list[float]) -> str:
    return f"{statistics.median(times) * 1e3:.2f} / {statistics.quantiles(times, n=100)[98] * 1e3:.2f} ms"
