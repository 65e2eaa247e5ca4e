"""Several instances on one PostgreSQL: killed, stopped and replaced under load, no call is ever carried out twice."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.model.connection import NewConnection
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.acme import KEY
from tests.peers.described import openapi, write_app

KILLS = int(os.environ.get("COMPOSIO_KILLS", "3"))
MASTER = "11" * 32
ORDER = {
    "post": {
        "operationId": "make_order",
        "summary": "Make an order",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]}
                }
            },
        },
        "responses": {"200": {"description": "ok"}},
    }
}


class Shop:
    """An API that takes 30 ms for an order, and knows how often each was made."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                shop.made[body["number"]] += 1
                time.sleep(0.03)
                answer = json.dumps({"number": body["number"]}).encode()
                head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(answer)}\r\n\r\n"
                try:
                    self.wfile.write(head.encode() + answer)
                except OSError:  # whoever asked was killed
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


class Instances:
    """Three processes of ``composio serve``, each with a home of its own, on one database."""

    def __init__(self, folder: Path, database_url: str, shop: Shop) -> None:
        self._folder, self._database_url, self._shop = folder, database_url, shop
        self.ports = [_free_port() for _ in range(3)]
        self.key = self._prepare()
        self.processes = [self.start(at) for at in range(3)]
        for port in self.ports:
            _wait_for(port)

    def _environ(self, at: int) -> dict[str, str]:
        home = self._folder / f"home-{at}"
        if not home.exists():
            write_app(home, "shop", openapi("Shop", self._shop.url, {"/orders": ORDER}), auth_schemes=[KEY])
        return {
            "COMPOSIO_HOME": str(home),
            "COMPOSIO_DATABASE_URL": self._database_url,
            "COMPOSIO_ENCRYPTION_KEY": MASTER,
        }

    def _prepare(self) -> str:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._environ(0).items():
                patch.setenv(name, value)
            services = Services.open(Settings.of())
            project = services.projects.create("shop")
            backend = services.backends.of(project.id)
            backend.run(
                lambda: backend.accounts.initiate(NewConnection(app="shop", entity_id="alice", values={"api_key": "k"}))
            )
            key = services.keys.create(project.id, "key")[1].reveal()
            services.backends.shared.close()
            services.database.close()
        return key

    def start(self, at: int) -> subprocess.Popen[bytes]:
        """Start the instance of that number."""
        command = [sys.executable, "-m", "composio.cli", "serve", "--port", str(self.ports[at])]
        return subprocess.Popen(command, env={**os.environ, **self._environ(at)}, stdout=subprocess.DEVNULL)

    def replace(self, at: int, how: signal.Signals) -> None:
        """End an instance, and start another in its place."""
        self.processes[at].send_signal(how)
        self.processes[at].wait(60)
        self.processes[at] = self.start(at)
        _wait_for(self.ports[at])

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int) -> None:
    answer = None
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            if (answer := httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False, timeout=30)).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(f"{port}: {answer.text if answer else None}")


class Client(threading.Thread):
    """Makes orders, one after the other, at whichever instance; where none answers, once more with the same id at the next."""

    def __init__(self, instances: Instances, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._instances, self._stop_asking = instances, stop
        self.answers: dict[str, dict[str, Any]] = {}
        self.retries: Counter[str] = Counter()
        self.errors: list[str] = []

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=60, headers={"x-api-key": self._instances.key}) as client:
            while not self._stop_asking.is_set():
                number = str(uuid.uuid4())
                try:
                    self.answers[number] = self._order(client, number)
                except Exception as error:  # shown by the test
                    self.errors.append(f"{type(error).__name__}: {error}")

    def _order(self, client: httpx.Client, number: str) -> dict[str, Any]:
        ports = random.sample(self._instances.ports, 3)
        for port in ports:
            try:
                answer = client.post(
                    f"http://127.0.0.1:{port}/api/v3.1/tools/execute/SHOP_MAKE_AN_ORDER",
                    json={"arguments": {"number": number}, "user_id": "alice"},
                    headers={"x-request-id": number},
                )
            except httpx.TransportError as error:
                if not isinstance(error, httpx.ConnectError):  # nothing was sent to who does not listen
                    self.retries[number] += 1
                continue
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found
        raise ConnectionError("no instance answers")


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def instances(tmp_path: Path, database_url: str, shop: Shop) -> Iterator[Instances]:
    made = Instances(tmp_path, database_url, shop)
    yield made
    made.close()


def test_no_order_is_made_twice_though_instances_are_killed(instances: Instances, shop: Shop) -> None:
    clients, stop = _ask(instances)
    for _ in range(KILLS):
        time.sleep(random.uniform(0.2, 0.6))
        instances.replace(random.randrange(3), signal.SIGKILL)
    answers = _end(clients, stop)
    assert [error for client in clients for error in client.errors] == []
    assert {number: count for number, count in shop.made.items() if count > 1} == {}
    for number, answer in answers.items():
        if answer["successful"]:
            assert shop.made[number] == 1
        else:
            assert "The outcome of this call is unknown" in answer["error"]
    assert max((count for client in clients for count in client.retries.values()), default=0) <= 1


def test_instances_are_replaced_one_by_one_without_an_error(instances: Instances, shop: Shop) -> None:
    clients, stop = _ask(instances)
    for at in range(3):
        time.sleep(0.3)
        instances.replace(at, signal.SIGTERM)
    answers = _end(clients, stop)
    assert [error for client in clients for error in client.errors] == []
    assert all(answer["successful"] for answer in answers.values())
    assert set(shop.made.values()) == {1}
    assert set(shop.made) == set(answers)


def _ask(instances: Instances) -> tuple[list[Client], threading.Event]:
    stop = threading.Event()
    clients = [Client(instances, stop) for _ in range(6)]
    for client in clients:
        client.start()
    time.sleep(0.5)
    return clients, stop


def _end(clients: list[Client], stop: threading.Event) -> dict[str, dict[str, Any]]:
    time.sleep(0.3)
    stop.set()
    answers: dict[str, dict[str, Any]] = {}
    for client in clients:
        client.join(60)
        answers |= client.answers
    assert len(answers) > 20
    return answers
