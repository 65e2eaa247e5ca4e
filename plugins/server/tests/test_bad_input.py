"""What clients send that no route can want: bodies, paths, versions, and clients that go away. Each gets an answer, none a 500."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from composio.model.connection import NewConnection
from composio.store.calls import CallQuery
from composio_server.app import create_app, read_twice_said_base
from composio_server.services.keys import Scope
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.acme_api import Acme


class Served:
    """One server for all of these tests."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.acme = Acme(services.backends.home)
        self.project = services.projects.create("first").id
        backend = services.backends.of(self.project)
        backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice", values={"api_key": "k1"})))
        self.key = services.keys.create(self.project, "admin", [Scope.ADMIN])[1].reveal()
        app = read_twice_said_base(create_app(services, close=False))
        self._uvicorn = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, log_level="warning", ws="none"))
        self._thread = threading.Thread(target=self._uvicorn.run, daemon=True)
        self._thread.start()
        while not self._uvicorn.started:
            assert self._thread.is_alive()
            time.sleep(0.005)
        self.port: int = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"x-api-key": self.key}, trust_env=False, timeout=60
        )

    def close(self) -> None:
        self.client.close()
        self._uvicorn.should_exit = True
        self._thread.join()
        self.services.backends.shared.close()
        self.services.database.close()
        self.acme.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("served") / "home"
    made = Served(Services.open(Settings.of({"COMPOSIO_HOME": str(home)})))
    yield made
    made.close()


# One route with a body for each protocol.
ROUTES = [
    "/api/v1/integrations",
    "/api/v2/actions/ACME_GET_ME/execute",
    "/api/v3/tools/execute/ACME_GET_ME",
    "/api/v3.1/connected_accounts/link",
    "/api/v3.1/tool_router/session",
]
DEEP = 10_000
BODIES = {
    "not JSON": b"hello",
    "nothing": b"",
    "half": b'{"a": ',
    "no object": b'["a"]',
    "a number": b"1",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep where anything goes": b'{"arguments":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b',"user_id":"alice"}',
    "deep input of v2": b'{"entityId":"alice","appName":"acme","input":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep and open": b"[" * DEEP,
    "no UTF-8": b'{"user_id": "\xff\xfe"}',
    "half a character": rb'{"user_id": "\ud800", "arguments": {}, "entityId": "\ud800", "auth_config_id": "\ud800", "appId": "\ud800", "name": "a"}',
    "a NUL": rb'{"user_id": "a\u0000b", "arguments": {}, "entityId": "a\u0000b", "auth_config_id": "\u0000", "appId": "\u0000"}',
    "a huge number": b'{"user_id": ' + b"9" * 10_000 + b', "arguments": {"a": ' + b"9" * 10_000 + b"}}",
    "infinity": b'{"user_id": 1e999, "arguments": {"a": 1e999}, "input": {"a": NaN}}',
    "another type": b'{"user_id": ["alice"], "arguments": "x", "entityId": {}, "input": 5, "appId": []}',
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_can_not_be_meant_is_the_clients_mistake(served: Served, route: str, name: str) -> None:
    answer = served.client.post(route, content=BODIES[name], headers={"content-type": "application/json"})
    assert answer.status_code < 500, answer.text
    assert answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    assert answer.status_code == 200 or json.loads(answer.content)  # what an upstream was sent is its own matter


def exchange(served: Served, head: str, body: Iterator[bytes]) -> bytes:
    """Send a request as long as the server reads it; the beginning of what it answers."""
    with socket.create_connection(("127.0.0.1", served.port), 60) as connection:
        try:
            connection.sendall(f"{head}\r\nhost: x\r\nx-api-key: {served.key}\r\nconnection: close\r\n\r\n".encode())
            for part in body:
                connection.sendall(part)
        except OSError:  # it has heard enough
            pass
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass
        return answer


@pytest.mark.parametrize("said", ["content-length: 104857600", "transfer-encoding: chunked"])
@pytest.mark.parametrize("route", [ROUTES[1], ROUTES[3], "/nowhere"])
def test_a_body_of_100_mb_is_refused_before_it_is_read(served: Served, said: str, route: str) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        piece = b"x" * 1024 * 1024
        for _ in range(100):
            sent += 1
            yield b"100000\r\n" + piece + b"\r\n" if "chunked" in said else piece
        yield b"0\r\n\r\n" if "chunked" in said else b""

    answer = exchange(served, f"POST {route} HTTP/1.1\r\ncontent-type: application/json\r\n{said}", body())
    assert answer[:12] in {b"HTTP/1.1 413", b"HTTP/1.1 404"}
    assert b"x-request-id" in answer
    assert served.client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/v4/tools", "There is no version v4 of the API here: this server has /api/v1, /api/v2, /api/v3, /api/v3.1."),
        ("/api/v3.2/tools/ACME", "There is no version v3.2"),
        ("/api/v1/app", "GET /api/v1/apps"),
        ("/api/v3.1/tolkits", "GET /api/v3.1/toolkits"),
        ("/v1/apps", "The API's begin with /api/v1, /api/v2, /api/v3, /api/v3.1"),
        ("/api/v2/zzzzzzzzzzzzzzzzzzzzzz", "/openapi.json describes them."),
        ("/api", "begin with /api/v1, /api/v2"),
    ],
)
def test_an_unknown_route_or_version_names_what_exists(served: Served, path: str, said: str) -> None:
    answer = served.client.get(path)
    assert answer.status_code == 404
    assert said in answer.json().get("message", "") + answer.json().get("error", {}).get("message", "")
    assert answer.headers["x-request-id"]


def test_a_method_that_a_route_does_not_take_names_those_that_it_takes(served: Served) -> None:
    answer = served.client.put("/api/v3.1/auth_configs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.json()["error"]["message"] == "This path takes GET, POST."


@pytest.mark.parametrize(
    "path", ["/api/v1/<script>alert(1)</script>", "/api/" + "x" * 5000, "/%00", "/api/v9999999999999/a", "//api//v1"]
)
def test_no_path_is_sent_back(served: Served, path: str) -> None:
    answer = served.client.get(path)
    assert answer.status_code == 404
    assert len(answer.text) < 1000
    assert "script" not in answer.text


def test_a_client_that_leaves_in_the_middle_of_a_call_finds_its_answer_when_it_comes_back(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    arrived, go = threading.Event(), threading.Event()

    def answer(path: str) -> tuple[int, object]:
        arrived.set()
        go.wait(30)
        return 200, {"number": 42}

    served.acme.answer = answer
    sent = len(served.acme.seen)
    body = json.dumps({"arguments": {}, "user_id": "alice"}).encode()
    head = (
        "POST /api/v3.1/tools/execute/ACME_GET_ME HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"x-api-key: {served.key}\r\nx-request-id: left-1\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with caplog.at_level(logging.WARNING), socket.create_connection(("127.0.0.1", served.port), 60) as connection:
        connection.sendall(head.encode() + body)
        assert arrived.wait(60)
    go.set()
    again = served.client.post(
        "/api/v3.1/tools/execute/ACME_GET_ME",
        content=body,
        headers={"x-request-id": "left-1", "content-type": "application/json"},
    )
    assert again.json()["data"] == {"number": 42}
    assert len(served.acme.seen) == sent + 1
    (row,) = served.services.calls.list_calls(served.project, CallQuery(request_id="left-1"))
    assert str(row.status) == "done"
    assert caplog.records == []


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_error_of_the_servers(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="composio"):
        for route in ROUTES:
            with socket.create_connection(("127.0.0.1", served.port), 60) as connection:
                head = f"POST {route} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-api-key: {served.key}\r\n"
                connection.sendall(f"{head}content-length: 1000\r\n\r\n{{".encode())
        until = time.monotonic() + 60
        while sum(record.message == "answered" for record in caplog.records) < len(ROUTES):
            assert time.monotonic() < until
            time.sleep(0.01)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
