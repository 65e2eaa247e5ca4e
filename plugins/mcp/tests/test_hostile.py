"""Clients that misbehave over sessions and streams, and servers behind apps that flood: each is answered, or ended, and nobody else is.

Source: JSON-RPC 2.0; MCP's specification, "Transports". The protocol without sessions is in ``test_stateless``.
"""

from __future__ import annotations

import json
import socket
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.errors import SourceUnavailable
from composio.model.call import ToolCall
from composio.model.peers import PeerServer
from composio.transport.limits import Limits
from composio_mcp import Selected
from composio_mcp.serving import make_app, make_protocol
from tests.peers.handshake import ACCEPT, READY, hello
from tests.peers.hanging import Api
from tests.peers.listening import listening

pytestmark = pytest.mark.anyio
HELLO = hello("2025-06-18")
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


def call(tool: str, number: int = 3, **arguments: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers=ACCEPT, trust_env=False, timeout=60) as made:
        yield made


def begin(http: httpx.Client) -> dict[str, str]:
    opened = http.post("/mcp", json=HELLO)
    session = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-06-18"}
    assert http.post("/mcp", json=READY, headers=session).status_code == 202
    return session


def works(http: httpx.Client, session: dict[str, str]) -> bool:
    answer = http.post("/mcp", json=LIST, headers=session)
    return answer.status_code == 200 and "ACME_GET_ME" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        json.dumps([call("ACME_GET_ME"), call("ACME_GET_ME", 4)]).encode(),
        json.dumps([READY, READY]).encode(),
        b"null",
        b'{"jsonrpc": "1.0", "id": 1, "method": "tools/list"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": 3}',
    ],
)
def test_what_is_no_message_is_refused_and_the_session_goes_on(http: httpx.Client, api: Api, body: bytes) -> None:
    session, before = begin(http), len(api.seen)
    answer = http.post("/mcp", content=body, headers={**session, "content-type": "application/json"})
    assert answer.status_code == 400
    assert "error" in answer.json()
    assert len(api.seen) == before
    assert works(http, session)


@pytest.mark.parametrize("method", ["nothing/here", "server/discover", "tools/", "__init__", "resources/list"])
def test_an_unknown_method_is_an_error_of_the_protocol(http: httpx.Client, method: str) -> None:
    session = begin(http)
    answer = http.post("/mcp", json={"jsonrpc": "2.0", "id": 5, "method": method, "params": {}}, headers=session)
    assert "-32601" in answer.text
    assert works(http, session)


def test_a_session_that_is_none_and_one_that_is_anothers_are_alike(http: httpx.Client) -> None:
    session = begin(http)
    for wrong in ("0" * 32, "x", session["mcp-session-id"][:-1] + "g", "a" * 10_000):
        answer = http.post("/mcp", json=LIST, headers={**session, "mcp-session-id": wrong})
        assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Session not found")
    assert works(http, session)


def test_a_session_begins_once_and_ends_once(http: httpx.Client) -> None:
    session = begin(http)
    assert http.delete("/mcp", headers=session).status_code == 200
    assert http.delete("/mcp", headers=session).status_code == 404
    assert http.post("/mcp", json=HELLO, headers=session).status_code == 404


def test_a_second_stream_of_a_session_is_refused(http: httpx.Client) -> None:
    session = begin(http)
    with http.stream("GET", "/mcp", headers=session) as first:
        assert first.status_code == 200
        with http.stream("GET", "/mcp", headers=session) as second:
            assert second.status_code == 409
    assert works(http, session)


@pytest.mark.parametrize("kind", ["list", "call", "stream"])
def test_clients_that_never_read_hold_nobody_up(http: httpx.Client, url: str, kind: str) -> None:
    session = begin(http)
    where = urlsplit(url)
    with ExitStack() as stack:
        for number in range(20):
            own = session if kind != "stream" else begin(http)
            asked = call("ACME_LIST_THINGS", number) if kind == "call" else {**LIST, "id": 100 + number}
            body = b"" if kind == "stream" else json.dumps(asked).encode()
            head = "".join(f"{name}: {value}\r\n" for name, value in {**ACCEPT, **own}.items())
            line = "GET" if kind == "stream" else "POST"
            made = stack.enter_context(socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=60))
            made.sendall(
                f"{line} /mcp HTTP/1.1\r\nhost: {where.netloc}\r\n{head}content-type: application/json\r\n"
                f"content-length: {len(body)}\r\n\r\n".encode()
                + body
            )
        assert works(http, begin(http))
    assert works(http, session)


def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_nothing(http: httpx.Client, url: str, api: Api) -> None:
    session, before = begin(http), len(api.seen)
    where = urlsplit(url)
    body = json.dumps(call("ACME_GET_ME")).encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in {**ACCEPT, **session}.items())
    with socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=60) as made:
        made.sendall(
            f"POST /mcp HTTP/1.1\r\nhost: {where.netloc}\r\n{head}content-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n".encode()
            + body[:-10]
        )
    assert works(http, session)
    assert len(api.seen) == before


@pytest.fixture
def served(offered: Selected) -> Iterator[str]:
    """As `composio mcp serve --transport http` has it, packets included."""
    with listening(make_app(offered), http=make_protocol(), log_level="critical") as found:
        yield found


def test_an_answer_is_one_packet_and_a_stream_is_not_held_up(served: str, api: Api) -> None:
    where = urlsplit(served)
    body = json.dumps(call("ACME_GET_ME") | {"params": {"name": "ACME_GET_ME", "arguments": {}, "_meta": META}}).encode()
    head = {**ACCEPT, "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "ACME_GET_ME"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    asked = f"POST /mcp HTTP/1.1\r\nhost: {where.netloc}\r\n{lines}content-type: application/json\r\n"
    with socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=60) as made:
        for _ in range(50):
            made.sendall(f"{asked}content-length: {len(body)}\r\n\r\n".encode() + body)
            assert b'"successful"' in made.recv(65_536)
    with httpx.Client(base_url=served, headers=ACCEPT, trust_env=False, timeout=60) as http:
        session = begin(http)
        assert works(http, session)


# HTTP+SSE


@asynccontextmanager
async def streaming(url: str) -> AsyncIterator[tuple[httpx.AsyncClient, str, AsyncIterator[str]]]:
    """A client, where its messages go, and what it is sent."""
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client,
        client.stream("GET", "/sse", headers={"accept": "text/event-stream"}) as stream,
    ):

        async def read() -> AsyncIterator[str]:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield line.removeprefix("data: ")

        said = read()
        yield client, await anext(said), said


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (json.dumps([call("ACME_GET_ME")]).encode(), 400),
        (json.dumps(call("ACME_CREATE_THING", name="a" * 10_000_000)).encode(), 413),
    ],
    ids=["half", "empty batch", "batch", "10 MB"],
)
async def test_a_stream_survives_what_is_no_message(url: str, api: Api, body: bytes, status: int) -> None:
    before = len(api.seen)
    async with streaming(url) as (client, where, said):
        assert (await client.post(where, content=body)).status_code == status
        assert (await client.post(where, json=HELLO)).status_code == 202
        async for line in said:
            if json.loads(line).get("id") == 1:
                break
    assert len(api.seen) == before


async def test_messages_to_a_stream_that_is_gone_are_not_taken(url: str) -> None:
    async with streaming(url) as (client, where, _):
        assert (await client.post(where, json=HELLO)).status_code == 202
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        with anyio.fail_after(60):
            while (await client.post(where, json=HELLO)).status_code != 404:  # noqa: ASYNC110 - the server notices by itself
                await anyio.sleep(0.01)
        for other in ("/sse/messages", "/sse/messages?session_id=x", f"/mcp/messages?{urlsplit(where).query}"):
            assert (await client.post(other, json=HELLO)).status_code in {400, 404}


# Servers that are apps, and programs at that


FLOOD = """
import json, sys, threading

TOOLS = [{"name": "shout", "description": "x", "inputSchema": {"type": "object"}}]

def say(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
    sys.stdout.flush()

def flood():
    FLOOD

for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("method") == "initialize":
        say({"id": asked["id"], "result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
            "serverInfo": {"name": "f", "version": "1"}}})
    elif asked.get("method") == "tools/list":
        flood()
        say({"id": asked["id"], "result": {"tools": TOOLS}})
    elif asked.get("method") == "tools/call":
        flood()
        say({"id": asked["id"], "result": {"content": [{"type": "text", "text": "done"}]}})
    elif "id" in asked and "method" in asked:
        say({"id": asked["id"], "error": {"code": -32601, "message": "no"}})
"""
FLOODS = {
    "lines that are no messages": 'sys.stdout.write("hello\\n" * 200_000)',
    "lines on standard error": 'sys.stderr.write("hello " * 20 + "\\n"); sys.stderr.write("x" * 5_000_000); sys.stderr.flush()',
    "notifications": "[say({'method': 'notifications/message', 'params': {'level': 'info', 'data': 'x'}}) for _ in range(5_000)]",
    "changes": "[say({'method': 'notifications/tools/list_changed'}) for _ in range(5_000)]",
    "progress of nothing": "[say({'method': 'notifications/progress', 'params': {'progressToken': n, 'progress': n}})"
    " for n in range(5_000)]",
    "answers to nothing": "[say({'id': 10_000 + n, 'result': {}}) for n in range(5_000)]",
    "requests of its own": "[say({'id': f's{n}', 'method': 'sampling/createMessage', 'params': {'messages': [], 'maxTokens': 1}})"
    " for n in range(200)]",
    "questions to the user": "[say({'id': f's{n}', 'method': 'elicitation/create', 'params': {'message': 'Your password?',"
    " 'requestedSchema': {'type': 'object', 'properties': {}}}}) for n in range(200)]",
}


def program(tmp_path: Path, flood: str) -> PeerServer:
    file = tmp_path / "flood.py"
    file.write_text(textwrap.dedent(FLOOD).replace("    FLOOD", f"    {flood}"))
    return PeerServer(command=(sys.executable, str(file)))


@pytest.mark.parametrize("name", list(FLOODS))
def test_a_program_that_floods_is_used_all_the_same(tmp_path: Path, name: str) -> None:
    with closing(EmbeddedBackend(home=tmp_path / "home")) as backend:
        backend.catalog.add("flood", "flood", server=program(tmp_path, FLOODS[name]))
        result = backend.execute_sync(ToolCall(action="FLOOD_SHOUT")).result()
        assert (result["successful"], result["data"]) == (True, "done"), result


def test_a_line_without_an_end_is_cut_off(tmp_path: Path) -> None:
    endless = 'sys.stdout.write("x" * 20_000_000); sys.stdout.flush()'
    with closing(EmbeddedBackend(home=tmp_path / "home")) as backend:
        backend.limits = Limits(response=2**20)
        with pytest.raises(SourceUnavailable, match="more than 1 MB"):
            backend.catalog.add("flood", "flood", server=program(tmp_path, endless))


@pytest.mark.parametrize("where", ["http://169.254.169.254/latest/meta-data", "https://other.example/metadata"])
def test_a_redirect_at_discovery_is_not_followed(tmp_path: Path, where: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        if request.url.path == "/mcp":
            named = 'Bearer resource_metadata="https://sly.example/.well-known/oauth-protected-resource/mcp"'
            return httpx.Response(401, headers={"www-authenticate": named})
        return httpx.Response(302, headers={"location": where})

    with closing(EmbeddedBackend(home=tmp_path, transport=httpx.MockTransport(answer))) as backend:
        backend.catalog.add("sly", "sly", server=PeerServer(url="https://sly.example/mcp"))
        assert backend.catalog.unread("sly")
    assert where not in seen
    assert {urlsplit(one).hostname for one in seen} == {"sly.example"}


@pytest.mark.parametrize("size", [2_000_000, 100_000_000])
def test_metadata_of_any_size_is_read_to_a_bound(tmp_path: Path, size: int) -> None:
    sent = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal sent
            yield b'{"resource": "https://sly.example/mcp", "x": "'
            while sent < size:
                sent += 65_536
                yield b"y" * 65_536
            yield b'"}'

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/mcp":
            return httpx.Response(401, headers={"www-authenticate": "Bearer"})
        return httpx.Response(200, stream=Endless(), headers={"content-type": "application/json"})

    with closing(EmbeddedBackend(home=tmp_path, transport=httpx.MockTransport(answer))) as backend:
        backend.catalog.add("sly", "sly", server=PeerServer(url="https://sly.example/mcp"))
        assert not backend.catalog.app("sly").auth_schemes or backend.catalog.unread("sly")
    assert sent < 16_000_000
