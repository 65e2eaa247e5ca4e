"""What a bad day of an API looks like to an agent, over real sockets: clear words, never an exception, nothing leaked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.transport.limits import Limits

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
        },
        "/files": {
            "put": {
                "summary": "Put a file",
                "requestBody": {
                    "required": True,
                    "content": {
                        "multipart/form-data": {
                            "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
                        }
                    },
                },
                "responses": {"200": {"description": "ok"}},
            }
        },
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

    do_POST = do_PUT = do_GET

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


def streams(chunk: bytes, pause: float = 0.0, **headers: str) -> Answer:
    """An answer that never ends, until the client leaves."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.close_connection = True
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(chunk)
                threading.Event().wait(pause)

    return answer


def drips_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"x")
            threading.Event().wait(0.05)


def sends_endless_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"x-more: " + b"y" * 1000 + b"\r\n")


def breaks_a_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'9\r\n{"a": [1,')
    handler.close_connection = True


def redirects_for_ever(handler: BaseHTTPRequestHandler) -> None:
    says(302, location="/things")(handler)


def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join(packer.compress(b" " * 1024**2) for _ in range(400)) + packer.flush()


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
    backend = EmbeddedBackend(
        home=home,
        timeout=httpx.Timeout(0.6),
        limits=Limits(response=4 * 1024**2, seconds=2.5),
        egress_allow=["127.0.0.1"],  # the servers here redirect to each other
    )

    def run(url: str, action: str = "SHOP_LIST_THINGS", arguments: Any = None, **options: Any) -> Any:
        auth = {"base_url": url, "parameters": [{"name": "Authorization", "value": f"Bearer {TOKEN}", "in_": "header"}]}

        async def later() -> Any:
            toolset = ComposioToolSet[Any](backend=backend, **options)
            result = await toolset.aexecute_action(action, arguments, auth=auth)
            await backend.clients.aclose()
            return result

        result = (
            asyncio.run(later())
            if request.param == "async"
            else ComposioToolSet[Any](backend=backend, **options).execute_action(action, arguments, auth=auth)
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
        (says(429, '{"message": "slow down"}', retry_after="300"), "slow down. Try again in 5 minutes."),
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


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (streams(b" " * 100_000), "sent an answer of more than 4 MiB"),
        (streams(b" ", 0.05), "did not answer in time"),
        (drips_headers, "did not answer in time"),
        (sends_endless_headers, "sent something that is no HTTP answer"),
        (redirects_for_ever, "redirected more than 5 times"),
        (breaks_a_chunk, "broke off its answer"),
        (says(200, bomb(), content_encoding="gzip"), "sent an answer of more than 4 MiB"),
        (says(200, b"x", content_encoding="br"), "in the content coding 'br'"),
        (says(200, b"\x1f\x8bno gzip", content_encoding="gzip"), "compression is broken"),
        (says(200, b'{"a": ' * 10_000 + b"1" + b"}" * 10_000), "nested too deeply"),
        (says(200, b"[" * 3_000_000), "nested too deeply"),
        (says(500, b'{"message": "no"' + b" " * 2**22), "HTTP 500"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_answers_cost_little_time_and_memory(server: Server, call: Call, answer: Answer, error: str) -> None:
    server.answers = [answer]
    started = time.monotonic()
    tracemalloc.start()
    try:
        result = call(server.url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result["successful"] is False
    assert error in result["error"]
    assert time.monotonic() - started < 10
    assert peak < 32 * 1024**2


def test_a_hundred_mib_are_not_read(server: Server, call: Call) -> None:
    sent: list[int] = []

    def large(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(100 * 1024**2))
        handler.end_headers()
        handler.close_connection = True
        with contextlib.suppress(OSError):
            for _ in range(100):
                handler.wfile.write(b" " * 1024**2)
                sent.append(1)

    server.answers = [large]
    assert "more than 4 MiB" in call(server.url)["error"]
    assert len(sent) < 50


def test_duplicate_keys_are_as_python_reads_them(server: Server, call: Call) -> None:
    server.answers = [says(200, '{"a": 1, "a": 2}')]
    assert call(server.url)["data"] == {"a": 2}


def test_a_file_comes_down_without_being_in_memory(server: Server, call: Call, home: Path) -> None:
    def file(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/zip")
        handler.send_header("content-disposition", 'attachment; filename="../../all.zip"')
        handler.send_header("content-length", str(24 * 1024**2))
        handler.end_headers()
        for _ in range(24):
            handler.wfile.write(b"z" * 1024**2)

    server.answers = [file]
    tracemalloc.start()
    try:
        data = call(server.url)["data"]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    path = Path(data["file"])
    assert (path.parent, data["mimetype"], data["size"]) == (
        home / "output/shop/SHOP_LIST_THINGS",
        "application/zip",
        24 * 1024**2,
    )
    assert path.stat().st_size == data["size"]
    assert data["name"].startswith("all")
    assert peak < 8 * 1024**2
    path.unlink()


def reads(answer: Answer, received: list[bytes]) -> Answer:
    def reading(handler: BaseHTTPRequestHandler) -> None:
        received.append(handler.rfile.read(int(handler.headers["content-length"])))
        answer(handler)

    return reading


def test_a_file_goes_up_through_a_redirect_and_a_retry(server: Server, call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0\1" * 500_000)
    received: list[bytes] = []
    server.answers = [
        reads(says(307, location="/elsewhere"), received),
        reads(says(503, retry_after="0"), received),
        reads(says(200, '{"ok": 1}'), received),
    ]
    result = call(server.url, "SHOP_PUT_A_FILE", {"file": "a.bin"}, upload_folder=tmp_path)
    assert result["successful"], result
    assert [path for _, path, _ in server.seen] == ["/files", "/elsewhere", "/elsewhere"]
    assert len(received) == 3
    assert all(b'filename="a.bin"' in body and b"\0\1" * 500_000 in body for body in received)


def test_a_file_that_shrinks_while_it_is_sent_is_a_clear_failure(server: Server, call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"x" * 1000)
    redirect = reads(says(307, location="/elsewhere"), [])

    def shrink(handler: BaseHTTPRequestHandler) -> None:
        (tmp_path / "a.bin").write_bytes(b"x")
        redirect(handler)

    server.answers = [shrink, says(200)]
    result = call(server.url, "SHOP_PUT_A_FILE", {"file": "a.bin"}, upload_folder=tmp_path)
    assert result["error"] == "A file of this call could not be read or written: a.bin became shorter while it was being sent."


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
