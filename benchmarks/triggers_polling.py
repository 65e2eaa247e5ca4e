"""Ten thousand instances polled every minute by two workers, of an API that answers in 50 ms."""

from __future__ import annotations

import itertools
import json
import math
import os
import time
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from bench_call import run_upstream
from bench_server import cpu_seconds, running
from tests.peers.described import openapi, write_app

INSTANCES, CONNECTIONS, INTERVAL = 10_000, 100, 60.0
# How long they are watched: long enough for every instance's first poll. The first one is due so long after the server has started.
SECONDS = float(os.environ.get("COMPOSIO_POLL_SECONDS", "68"))
START = 3.0
# Notes when each instance is asked about, and how often it is asked about while an earlier request has no answer yet.
PROVIDER = """
import asyncio, json, time
BODY = b"[]"
ANSWER = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(BODY) + BODY
times, under_way, overlaps = {}, set(), 0
class Serve(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.buffer = transport, b""
    def data_received(self, data):
        self.buffer += data
        while b"\\r\\n\\r\\n" in self.buffer:
            head, self.buffer = self.buffer.split(b"\\r\\n\\r\\n", 1)
            self.ask(head.split(b" ", 2)[1].decode())
    def ask(self, target):
        global overlaps
        if target == "/report":
            body = json.dumps({"times": times, "overlaps": overlaps}).encode()
            self.transport.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(body) + body)
            return
        overlaps += target in under_way
        under_way.add(target)
        times.setdefault(target, []).append(time.monotonic())
        asyncio.get_running_loop().call_later(0.05, self.answer, target)
    def answer(self, target):
        under_way.discard(target)
        self.transport.write(ANSWER)
async def main():
    server = await asyncio.get_running_loop().create_server(Serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
SCHEME: dict[str, Any] = {
    "auth_mode": "BEARER_TOKEN",
    "fields": [{"name": "token", "description": "A token."}],
    "proxy": {"headers": {"Authorization": "Bearer {{token}}"}},
}
TRIGGERS: dict[str, Any] = {
    "triggers": [
        {
            "slug": "BENCH_NEW_THING",
            "name": "New thing",
            "description": "A thing that was made",
            "kind": "poll",
            "config": {"properties": {"of": {"type": "integer", "description": "Whose"}}},
            "payload": {"properties": {"title": {"type": "string", "description": "What it is called"}}},
            "poll": {
                "request": {"method": "GET", "path": "/things", "query": {"of": "{{ config.of }}"}},
                "items": "response",
                "id": "item.id",
                "payload": {"title": "item.title"},
                "interval": INTERVAL,
            },
        }
    ]
}


def polled_rows(home: Path, database: str | None, name: str) -> list[tuple[str, str, str]]:
    """How well the interval is kept, and what a poll costs."""
    environ = {"COMPOSIO_HOME": str(home)} | ({"COMPOSIO_DATABASE_URL": database} if database else {})
    with run_upstream(PROVIDER) as provider:
        _enable(environ, home, provider)
        with running(environ, workers=2) as (_, pid):
            began = _schedule(environ)
            time.sleep(max(0.0, began + START - time.monotonic()))
            cpu = cpu_seconds(pid)
            time.sleep(max(0.0, began + START + SECONDS - time.monotonic()))
            report, cpu = _report(provider), cpu_seconds(pid) - cpu
    times: dict[str, list[float]] = report["times"]
    polls = sum(map(len, times.values()))
    firsts = [times.get(f"/things?of={number}", [math.inf])[0] - _due(began, number) for number in range(INSTANCES)]
    late = sum(abs(one) > INTERVAL / 10 for one in firsts)
    gaps = [after - one for each in times.values() for one, after in itertools.pairwise(each)]
    kept = sum(abs(gap - INTERVAL) <= INTERVAL / 10 for gap in gaps)
    said = f"{1 - late / INSTANCES:.1%} polled within 6 s of their time, the slowest {max(firsts):.1f} s after it"
    said += f"; {kept} of {len(gaps)} intervals within 10%; {cpu / polls * 1e3:.1f} ms of CPU each"
    return [
        (f"10,000 instances every 60 s, 2 workers, {name}", said, "within 10%"),
        ("an instance polled twice at once", str(report["overlaps"]), "0"),
    ]


def _report(provider: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{provider}/report", trust_env=False, timeout=60).json()
    return found


def _due(began: float, number: int) -> float:
    """When an instance is polled first, on the clock of ``began``."""
    return began + START + INTERVAL * number / INSTANCES


def _schedule(environ: dict[str, str]) -> float:
    """Have all of them polled from now on, one after the other; now, on the clock that the provider notes."""
    from composio.store.triggers.tables import instances
    from composio_server.services.services import Services
    from composio_server.settings import Settings

    services = Services.open(Settings.of(environ))
    try:
        offset = sa.cast(sa.func.substr(instances.c.id, 4), sa.Integer) * (INTERVAL / INSTANCES)
        with services.backends.shared.keeping.store.part().write() as transaction:
            began = time.monotonic()
            transaction.connection.execute(sa.update(instances).values(next_poll=time.time() + START + offset))
        return began
    finally:
        services.backends.shared.close()
        services.database.close()


def _enable(environ: dict[str, str], home: Path, provider: str) -> None:
    from composio.model.connection import Connection, ConnectionStatus, Integration
    from composio.model.secret import SecretValues
    from composio.model.trigger_instance import TriggerInstance
    from composio.store.triggers import values
    from composio.store.triggers.tables import instances
    from composio_server.services.services import Services
    from composio_server.settings import Settings

    things = {"get": {"operationId": "list_things", "summary": "List things", "responses": {"200": {"description": "ok"}}}}
    write_app(home, "bench", openapi("Bench", provider, {"/things": things}), auth_schemes=[SCHEME])
    (home / "apps" / "bench" / "triggers.yaml").write_text(json.dumps(TRIGGERS))
    services = Services.open(Settings.of(environ))
    shared = services.backends.shared
    try:
        project = services.projects.create("bench").id
        book = shared.keeping.open_book(project)
        scheme = shared.catalog.app("bench").auth_schemes[0].name
        made = Integration(id="int_1", app="bench", name="b", auth_mode="BEARER_TOKEN", scheme=scheme)
        book.add_integration(made)
        for number in range(CONNECTIONS):
            connection = Connection(
                id=f"conn_{number}",
                entity_id=f"user_{number}",
                app="bench",
                integration_id=made.id,
                auth_mode=made.auth_mode,
                scheme=scheme,
                status=ConnectionStatus.ACTIVE,
                values=SecretValues({"token": "benchmark-token"}),
            )
            book.add_connection(connection)
        now, rows = time.time(), []
        for number in range(INSTANCES):
            one = TriggerInstance(
                id=f"ti_{number}",
                trigger="BENCH_NEW_THING",
                app="bench",
                entity_id=f"user_{number % CONNECTIONS}",
                connection_id=f"conn_{number % CONNECTIONS}",
                integration_id=made.id,
                config={"of": number},
                source="poll",
                created_at=now,
                updated_at=now,
                next_poll=now + 3600.0,
                project=project,
            )
            rows.append(values.row_of(one) | {"digest": values.digest_of({"config": one.config})})
        with shared.keeping.store.part().write() as transaction:
            transaction.connection.execute(sa.insert(instances), rows)
    finally:
        shared.close()
        services.database.close()
