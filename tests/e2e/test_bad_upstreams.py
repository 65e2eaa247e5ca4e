"""What a bad day of an API looks like to an agent, over real sockets: clear words, never an exception, nothing leaked."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend

TOKEN = "sk-very-secret-token"
DESCRIPTION = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/things": {
            method: {
                "summary": summary,
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}},
            }
            for method, summary in (("get", "List things"), ("post", "Create a thing"))
        }
    },
}

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """A loopback server that answers what a test says, request by request; the last answer repeats."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = []
        self.seen: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        pass  # clients and servers that hang up are what this file is about


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
        answers = self.server.answers
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


def says(status: int, body: bytes | str = b"", **headers: str) -> Answer:
    content = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        sent = {"content-type": "application/json", "content-length": str(len(content))}
        for name, value in {**sent, **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def truncates(handler: BaseHTTPRequestHandler) -> None:
    says(200, b'{"a": 1', content_length="500")(handler)
    handler.close_connection = True


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    handler.connection.close()
    handler.close_connection = True


def sleeps(handler: BaseHTTPRequestHandler) -> None:
    threading.Event().wait(1.5)
    handler.close_connection = True


@pytest.fixture
def servers() -> Iterator[Callable[[], Server]]:
    made: list[tuple[Server, threading.Thread]] = []

    def make() -> Server:
        server = Server()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        made.append((server, thread))
        return server

    yield make
    for server, thread in made:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server(servers: Callable[[], Server]) -> Server:
    return servers()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "shop.json").write_text(json.dumps(DESCRIPTION))
    backend = EmbeddedBackend(home=folder)
    backend.catalog.add("shop", str(folder / "shop.json"), base_url="http://127.0.0.1:9")
    backend.close()
    return folder


Call = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, home: Path) -> Iterator[Call]:
    backend = EmbeddedBackend(home=home, timeout=httpx.Timeout(0.6))

    def run(url: str, action: str = "SHOP_LIST_THINGS") -> Any:
        auth = {"base_url": url, "parameters": [{"name": "Authorization", "value": f"Bearer {TOKEN}", "in_": "header"}]}

        async def later() -> Any:
            toolset = ComposioToolSet[Any](backend=backend)
            result = await toolset.aexecute_action(action, {}, auth=auth)
            await backend.clients.aclose()
            return result

        result = (
            asyncio.run(later())
            if request.param == "async"
            else ComposioToolSet[Any](backend=backend).execute_action(action, {}, auth=auth)
        )
        assert TOKEN not in json.dumps(result)
        return result

    yield run
    backend.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says(404, '{"message": "No such shop"}'), "HTTP 404 Not Found: No such shop"),
        (says(500, '{"error": {"message": "oops"}}'), "HTTP 500 Internal Server Error: oops"),
        (says(401, f'{{"message": "bad {TOKEN}"}}'), "HTTP 401 Unauthorized: bad ***"),
        (
            says(200, "<html><title>Log in</title></html>", content_type="text/html"),
            "HTML page where JSON was promised ('Log in')",
        ),
        (says(502, "<html><h1>Bad Gateway</h1></html>", content_type="text/html"), "HTTP 502 Bad Gateway"),
        (says(200, '{"a": [1, '), "breaks off or is malformed at character 10"),
        (says(429, '{"message": "slow down"}', retry_after="300"), "slow down Try again in 300 seconds."),
        (truncates, "broke off its answer"),
        (sleeps, "did not answer in time"),
    ],
    ids=["404", "500", "echoed token", "html", "html 502", "malformed", "rate limit", "truncated", "timeout"],
)
def test_a_failure_is_a_result_in_the_upstreams_words(server: Server, call: Call, answer: Answer, error: str) -> None:
    server.answers = [answer]
    result = call(server.url)
    assert result["successful"] is False
    assert error in result["error"]


def test_an_empty_answer_is_a_success_without_data(server: Server, call: Call) -> None:
    server.answers = [says(200)]
    assert call(server.url) == {"successful": True, "data": {}, "error": None}


def test_a_rate_limit_with_a_short_wait_is_waited_for(server: Server, call: Call) -> None:
    server.answers = [says(429, retry_after="0"), says(200, '{"ok": 1}')]
    assert call(server.url)["data"] == {"ok": 1}
    assert len(server.seen) == 2


def test_a_reset_connection_is_tried_again_only_where_that_is_safe(server: Server, call: Call) -> None:
    server.answers = [hangs_up, says(200, '{"ok": 1}')]
    assert call(server.url)["data"] == {"ok": 1}
    server.answers, server.seen[:] = [hangs_up], []
    result = call(server.url, "SHOP_CREATE_A_THING")
    assert result["successful"] is False
    assert len(server.seen) == 1


def test_a_refused_connection_names_the_host(call: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = call(url)
    assert result["error"] == f"Could not reach {url.removeprefix('http://')}: connection refused (3 attempts)."


def test_authorization_never_crosses_origins(servers: Callable[[], Server], call: Call) -> None:
    first, second = servers(), servers()
    first.answers = [says(302, location=f"{second.url}/elsewhere")]
    second.answers = [says(200, '{"ok": 1}')]
    assert call(first.url)["data"] == {"ok": 1}
    assert first.seen[0][2]["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in second.seen[0][2]


def test_a_circle_of_redirects_ends(server: Server, call: Call) -> None:
    server.answers = [says(302, location="/things")]
    assert "redirected more than 5 times" in call(server.url)["error"]
