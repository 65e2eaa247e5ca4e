"""The dashboard's pages over PostgreSQL, for a project with 100,000 connections, a million calls and a million events."""

from __future__ import annotations

import gzip
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

import httpx
import sqlalchemy as sa

from bench_lists import FILL as FILL_CONNECTIONS
from bench_server import postgresql
from composio.model.connection import NewConnection
from composio.store.database import EVERYTHING, Database
from composio_server.app import create_app
from composio_server.services.people import Role
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.acme import KEY, write_app
from tests.peers.listening import listening

CONNECTIONS = int(os.environ.get("COMPOSIO_SHOWN_CONNECTIONS", "100000"))
LOGGED = int(os.environ.get("COMPOSIO_SHOWN_CALLS", "1000000"))
PAGES, WARM_UP = 40, 3
# One call in a thousand fails.
FILL_CALLS = sa.text(
    "INSERT INTO composio_calls (project_id, id, digest, owner, kind, action, app, entity_id, connection_id, status, http_status,"
    " started_at, seconds, input, output, error)"
    " SELECT :project, 'log_' || n, decode('ab', 'hex'), 'o', 'action', 'APP' || (n % 40) || '_DO_' || (n % 400), 'app' || (n % 40),"
    " 'user' || (n % 30000), 'conn_' || (n % 100000), CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'done' END, 200, 1e9 + n, 0.1,"
    " '{\"title\": \"' || md5(n::text) || '\"}', repeat(md5(n::text), 20), NULL FROM generate_series(1, :count) n"
)
FILL_EVENTS = sa.text(
    "INSERT INTO composio_trigger_events (id, instance_id, key, trigger, app, entity_id, connection_id, integration_id, config,"
    " payload, received_at, project_id)"
    " SELECT 'ev_' || n, 'ti_' || (n % 1000), n, 'APP' || (n % 40) || '_EVENT', 'app' || (n % 40), 'user' || (n % 30000),"
    " 'conn_' || (n % 100000), 'int_1', '{}', '{\"text\": \"' || repeat(md5(n::text), 10) || '\"}', 1e9 + n, :project"
    " FROM generate_series(1, :count) n"
)
PLACES = {
    "start": "start",
    "connections": "connections",
    "connections of an app that have expired": "connections?app=github&status=EXPIRED",
    "a connection and its calls": "connections/{connection}",
    "integrations": "integrations",
    "triggers": "triggers",
    "calls": "calls",
    "calls, far back": f"calls?before={LOGGED // 2}",
    "calls that failed": "calls?status=failed",
    "calls of an app: none": "calls?app=nothing",
    "calls of an action": "calls?action=APP7_DO_7",
    "calls of an entity that failed": "calls?entity=user1000&status=failed",
    "calls with words: none": "calls?q=no+such+words",
    "calls, watched": "calls?live=1",
    "events": "events",
    "events of an entity": "events?entity=user7",
    "events of an app: none": "events?app=nothing",
    "events with words: none": "events?q=no+such+words",
    "figures": "figures",
    "MCP servers": "mcp",
    "settings": "settings",
    "apps": "apps",
}


def rows() -> list[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder, "pg")) as database:
        home = Path(folder, "home")
        write_app(home, "acme", KEY)
        environ = {"COMPOSIO_HOME": str(home), "COMPOSIO_DATABASE_URL": database, "COMPOSIO_ENCRYPTION_KEY": "11" * 32}
        services = Services.open(Settings.of(environ))
        project = services.projects.create("large").id
        member = services.people.add_member(project, "owner", Role.OWNER)
        person = services.people.get(member.person_id)
        assert person is not None
        _fill(services.database, database, project)
        cookies = {"composio-session": services.web_sessions.begin(person).reveal()}
        backend = services.backends.of(project)
        asked = NewConnection(app="acme", entity_id="user7", values={"api_key": "k"})
        connection = backend.run(lambda: backend.accounts.initiate(asked)).connection.id
        with (
            listening(create_app(services), lifespan="on") as url,
            httpx.Client(base_url=f"{url}/projects/{project}/", cookies=cookies, trust_env=False, timeout=120) as client,
        ):
            return [_measure(client, name, place.format(connection=connection)) for name, place in PLACES.items()]


def _fill(database: Database, url: str, project: str) -> None:
    with database.write(EVERYTHING) as connection:
        connection.execute(FILL_CONNECTIONS, {"entities": CONNECTIONS // 4, "project": project, "count": CONNECTIONS})
        connection.execute(FILL_CALLS, {"project": project, "count": LOGGED})
        connection.execute(FILL_EVENTS, {"project": project, "count": LOGGED})
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # as PostgreSQL does by itself, a minute later
        connection.execute(sa.text("VACUUM ANALYZE"))
    engine.dispose()


def _measure(client: httpx.Client, name: str, place: str) -> tuple[str, str, str]:
    times = []
    for _ in range(PAGES + WARM_UP):
        began = time.perf_counter()
        page = client.get(place)
        times.append((time.perf_counter() - began) * 1e3)
        assert page.status_code == 200, (place, page.status_code)
        if sum(times) > 20_000:  # what is slow need not be measured often
            break
    measured = times[min(WARM_UP, len(times) - 1) :]
    late = statistics.quantiles(measured, n=20)[18] if len(measured) > 1 else measured[0]
    loaded = set(re.findall(r'<(?:script|link)[^>]* (?:src|href)="(/pages/[^"]+)"', page.text))
    files = sum(
        int(client.get(f"{client.base_url.scheme}://{client.base_url.netloc.decode()}{one}").headers["content-length"])
        for one in loaded
    )
    weight = (len(gzip.compress(page.content)) + files) / 1024
    return (
        f"dashboard, {LOGGED:,} calls in PostgreSQL: {name}",
        f"{statistics.median(measured):.0f} / {late:.0f} ms, {weight:.0f} KB",
        "p95 <= 150 ms, 150 KB",
    )
