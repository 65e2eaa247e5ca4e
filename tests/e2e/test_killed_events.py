"""Receivers and pollers that are killed at any moment lose no event, keep none under two ids, and never poll an instance twice at once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.model.trigger_instance import Source
from composio.store.records import place_of
from composio.store.triggers import events, instances, subscriptions
from composio.triggers.receiving import SECRET
from tests.peers.described import openapi, write_app
from tests.peers.postgresql import add_database
from tests.peers.triggering import instance, subscription

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")

# More of them, on each database: COMPOSIO_KILLS=60
KILLS = int(os.environ.get("COMPOSIO_KILLS", "4"))
PATIENCE = 120.0
TOKEN = "token-of-the-provider"
OF_ACME: dict[str, Any] = {"trigger": "ACME_POLLED", "app": "acme", "connection_id": "", "integration_id": "", "config": {}}
# Receives on a port that it prints, and polls, until it is killed. Its leases last as long as it is told.
VICTIM = """
import asyncio, sys
import composio.triggers.poller as poller
from composio.embedded import EmbeddedBackend
from composio.triggers.loopback import LoopbackReceiver
poller._LEASE = float(sys.argv[2])
backend = EmbeddedBackend(home=sys.argv[1])
receiver = backend.inbound.receiver
loopback = LoopbackReceiver(limit=receiver.limit, receive=receiver.receive, url=lambda: "http://127.0.0.1")
loopback.start()
async def main():
    async with backend.events.listening():
        print(loopback.port, flush=True)
        await asyncio.sleep(3600)
asyncio.run(main())
"""
PAYLOAD: dict[str, Any] = {"properties": {"title": {"type": "string", "description": "What it is called"}}}
TRIGGERS: list[dict[str, Any]] = [
    {
        "slug": "ACME_PUSHED",
        "name": "Pushed",
        "description": "Things",
        "kind": "webhook",
        "payload": PAYLOAD,
        "webhook": {
            "verify": {"kind": "token", "header": "X-Token"},
            "id": "body.id",
            "payload": {"title": "body.id"},
            "console": ["Paste {{ url }}."],
        },
    },
    {
        "slug": "ACME_POLLED",
        "name": "Polled",
        "description": "Things",
        "kind": "poll",
        "config": {"properties": {"of": {"type": "integer", "description": "Whose"}}},
        "payload": PAYLOAD,
        "poll": {
            "request": {"method": "GET", "path": "/things", "query": {"of": "{{ config.of }}"}},
            "items": "response",
            "id": "item.id",
            "payload": {"title": "item.id"},
            "interval": 1,
        },
    },
]


@dataclass
class Provider:
    """Lists what was made, for whoever polls, and sends until it is answered, as providers do."""

    made: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    sent: int = 0
    port: int = 0
    slow: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)
    under_way: Counter[str] = field(default_factory=Counter)
    overlaps: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str) -> bytes:
        """Its list, and a note if it is asked for the same while it has not answered yet."""
        with self.lock:
            self.asked[path] += 1
            self.under_way[path] += 1
            if self.under_way[path] > 1:
                self.overlaps.append(path)
        time.sleep(self.slow)
        with self.lock:
            self.under_way[path] -= 1
        return json.dumps([{"id": one} for one in self.made]).encode()

    def make(self) -> None:
        """Something new every 20 ms."""
        while not self.stopped.wait(0.02):
            self.made.append(f"polled_{len(self.made)}")

    def send(self, name: str) -> None:
        """Events one after the other, each until it is answered with 200."""
        number = 0
        with httpx.Client(trust_env=False, timeout=10) as client:
            while not self.stopped.is_set():
                number += 1
                event = f"{name}_{number}"
                while not self._is_taken(client, event):
                    if self.stopped.wait(0.02):
                        return

    def _is_taken(self, client: httpx.Client, event: str) -> bool:
        self.sent += 1
        try:
            address = f"http://127.0.0.1:{self.port}/webhooks/acme/hook_1"
            taken = client.post(address, json={"id": event}, headers={"X-Token": TOKEN}).status_code == 200
        except httpx.TransportError:
            return False
        if taken:
            self.answered.add(event)
        return taken


@pytest.fixture
def provider() -> Iterator[tuple[Provider, str]]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = made.answer(self.path)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=partial(server.serve_forever, 0.05), daemon=True)
    serving.start()
    yield made, f"http://127.0.0.1:{server.server_address[1]}"
    made.stopped.set()
    server.shutdown()
    serving.join()
    server.server_close()


def enable(backend: EmbeddedBackend) -> None:
    part = backend.keeping.store.for_project("").part()
    sources: tuple[Source, ...] = ("webhook", "poll")
    for source, trigger in zip(sources, TRIGGERS, strict=True):
        slug = trigger["slug"]
        due = time.time() if source == "poll" else None
        instances.add(part, instance(f"ti_{source}", "", **OF_ACME | {"trigger": slug}, source=source, next_poll=due))
    made = subscription("hook_1", app="acme", instance_id="ti_webhook", status="active", project="")
    vault = backend.keeping.open_book("").vault
    subscriptions.add(part, made, vault.seal({SECRET: TOKEN}, place_of(made)))


def stored(backend: EmbeddedBackend) -> Counter[str]:
    """How often each event is stored."""
    found = events.list_events(backend.keeping.store.for_project("").part(), events.EventQuery(limit=1_000_000))
    return Counter(str(one.payload["title"]) for one in found)


def polled_at(backend: EmbeddedBackend) -> float | None:
    found = instances.get(backend.keeping.store.for_project("").part(), "ti_poll")
    assert found is not None
    return found.last_poll


def start(home: Path, lease: float = 1.5) -> tuple[subprocess.Popen[str], int]:
    """A process, and its port. Where it is killed, ``lease`` is how many seconds others wait for it."""
    process = subprocess.Popen([sys.executable, "-c", VICTIM, str(home), str(lease)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.fixture(params=["sqlite", "postgresql"])
def home(
    request: pytest.FixtureRequest, tmp_path: Path, provider: tuple[Provider, str], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """One with an app of the provider's, and its triggers; what is stored lies in it, or in PostgreSQL."""
    if request.param == "postgresql":
        monkeypatch.setenv("COMPOSIO_DATABASE_URL", add_database(request.getfixturevalue("postgresql")))
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    things = {"get": {"operationId": "list_things", "summary": "List things", "responses": {"200": {"description": "ok"}}}}
    write_app(tmp_path, "acme", openapi("Acme", provider[1], {"/things": things}))
    (tmp_path / "apps" / "acme" / "triggers.yaml").write_text(json.dumps({"triggers": TRIGGERS}))
    return tmp_path


def test_three_processes_poll_each_instance_one_at_a_time(home: Path, provider: tuple[Provider, str]) -> None:
    source, _ = provider
    source.slow = 0.3
    with closing(EmbeddedBackend(home=home)) as backend:
        for number in range(20):
            one = instance(f"ti_{number}", "", **OF_ACME | {"config": {"of": number}}, source="poll", next_poll=time.time())
            instances.add(backend.keeping.store.for_project("").part(), one)
        processes = [start(home, lease=60)[0] for _ in range(3)]  # a busy machine stops them for seconds
        try:
            wait_until(lambda: len(source.asked) == 20 and min(source.asked.values()) >= 4)
        finally:
            for process in processes:
                process.kill()
                process.communicate()
    assert source.overlaps == []


def test_no_event_is_lost_or_stored_twice_whenever_the_receiver_and_poller_are_killed(
    home: Path, provider: tuple[Provider, str]
) -> None:
    source, _ = provider
    chance = random.SystemRandom()
    with closing(EmbeddedBackend(home=home)) as backend:
        enable(backend)
        process, source.port = start(home)
        # What is there at the first poll is not new.
        wait_until(lambda: polled_at(backend) is not None)
        workers = [threading.Thread(target=source.make)]
        workers += [threading.Thread(target=source.send, args=(f"sent{n}",)) for n in range(3)]
        for one in workers:
            one.start()
        try:
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.05, 2.0))
                process.kill()
                process.communicate()
                process, source.port = start(home)
        finally:
            source.stopped.set()
            for one in workers:
                one.join()
        expected = source.answered | set(source.made)
        try:
            wait_until(lambda: expected <= stored(backend).keys())
        finally:
            process.kill()
            process.communicate()
        found = stored(backend)
    assert min(len(source.answered), len(source.made)) > KILLS
    assert source.sent > len(source.answered)  # some were sent again
    assert {one: count for one, count in found.items() if count > 1} == {}


def wait_until(condition: Any) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "not there in time"
        time.sleep(0.1)
