"""The protocol of 2026-07-28 on the wire, and what is no protocol at all: the published conformance suite ends before it.

Source: the specification of 2026-07-28, "Transports" and "Versioning"; JSON-RPC 2.0.
"""

from __future__ import annotations

import base64
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.peers.hanging import Api

VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
BOTH = "application/json, text/event-stream"
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602


@pytest.fixture(scope="module")
def wire(url: str) -> Any:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        yield client


def message(method: str, params: dict[str, Any] | None = None, *, meta: Any = META, number: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": {**(params or {}), "_meta": meta}}


def headers_of(body: Any, **more: str) -> dict[str, str]:
    found = {"accept": BOTH, "content-type": "application/json", "mcp-protocol-version": VERSION}
    if isinstance(body, dict):
        found["mcp-method"] = str(body.get("method"))
        name = (body.get("params") or {}).get("name")
        if isinstance(name, str):
            found["mcp-name"] = name
    return found | {name.replace("_", "-"): value for name, value in more.items()}


def send(wire: httpx.Client, body: Any, **more: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return wire.post("/mcp", content=content, headers=headers_of(body, **more))


def call(wire: httpx.Client, method: str, params: dict[str, Any] | None = None, **more: str) -> Any:
    answer = send(wire, message(method, params), **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def error_of(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


# What a client relies on


def test_discover_says_what_is_spoken_and_offered(wire: httpx.Client) -> None:
    found = call(wire, "server/discover")
    assert VERSION in found["supportedVersions"]
    assert set(found["capabilities"]) == {"tools"}
    # Who serves is in the metadata of every answer.
    assert found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "composio"


def test_no_session_begins(wire: httpx.Client) -> None:
    answer = send(wire, message("tools/list"))
    assert "mcp-session-id" not in answer.headers
    # One that a client makes up opens nothing, and shuts nothing either.
    assert send(wire, message("tools/list"), mcp_session_id="1" * 32).json() == answer.json()


def test_a_list_is_private_keeps_its_order_and_says_how_long_it_holds(wire: httpx.Client) -> None:
    first, again = call(wire, "tools/list"), call(wire, "tools/list")
    assert first == again
    assert (first["cacheScope"], first["ttlMs"]) == ("private", 60_000)
    assert first["resultType"] == "complete"
    assert all(len(tool["name"]) <= 64 and tool["inputSchema"]["type"] == "object" for tool in first["tools"])
    assert "outputSchema" not in first["tools"][0]


def test_a_call_needs_nothing_that_came_before(wire: httpx.Client) -> None:
    done = call(wire, "tools/call", {"name": "ACME_GET_ME", "arguments": {}})
    assert done["structuredContent"]["successful"]
    assert json.loads(done["content"][0]["text"]) == done["structuredContent"]


def test_a_failed_call_is_a_result(wire: httpx.Client) -> None:
    done = call(wire, "tools/call", {"name": "ACME_BREAK", "arguments": {}})
    assert done["isError"]
    assert "Unicorn!" in done["content"][0]["text"]


def test_progress_comes_on_the_calls_own_stream(wire: httpx.Client, api: Api) -> None:
    api.hang()
    body = message("tools/call", {"name": "ACME_HANG", "arguments": {}}, meta={**META, "progressToken": "p-1"})
    told: list[dict[str, Any]] = []
    with wire.stream("POST", "/mcp", json=body, headers=headers_of(body)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data:"):
                told.append(json.loads(line.removeprefix("data:")))
                api.let_go.set()
    assert [one.get("method") for one in told[:1]] == ["notifications/progress"]
    assert told[0]["params"]["progressToken"] == "p-1"
    assert told[-1]["result"]["structuredContent"]["successful"]


def test_a_closed_request_ends_the_one_upstream(wire: httpx.Client, url: str, api: Api) -> None:
    api.hang()
    body = message("tools/call", {"name": "ACME_HANG", "arguments": {}})
    with _raw(url, json.dumps(body).encode(), headers_of(body)):
        assert api.hanging.wait(60)
        assert not api.left.is_set()
    assert api.left.wait(60)


def test_notifications_are_taken_and_do_nothing(wire: httpx.Client, api: Api) -> None:
    """One that names another's request must not end it: numbers of requests are chosen by clients."""
    api.hang()
    body = message("tools/call", {"name": "ACME_HANG", "arguments": {}}, number=7, meta={**META, "progressToken": 1})
    with wire.stream("POST", "/mcp", json=body, headers=headers_of(body)) as answer:
        assert api.hanging.wait(60)
        cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7, "_meta": META}}
        assert send(wire, cancelled).status_code == 202
        assert not api.left.is_set()
        api.let_go.set()
        assert b'"successful":true' in answer.read().replace(b" ", b"")


# What a client gets wrong


@pytest.mark.parametrize("version", ["2031-01-01", "nonsense", "2026-07-28, 2025-11-25"])
def test_an_unknown_version_is_told_the_known_ones(wire: httpx.Client, version: str) -> None:
    meta = {**META, "io.modelcontextprotocol/protocolVersion": version}
    answer = send(wire, message("tools/list", meta=meta), mcp_protocol_version=version)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert VERSION in json.dumps(error["data"])


@pytest.mark.parametrize(
    "headers",
    [
        {"mcp_method": "tools/list"},
        {"mcp_name": "ACME_DELETE_ME"},
        {"mcp_name": "=?base64?" + base64.b64encode(b"ACME_DELETE_ME").decode() + "?="},
    ],
)
def test_headers_that_contradict_the_body_are_refused(wire: httpx.Client, headers: dict[str, str], api: Api) -> None:
    """What stands in front of a server may have decided by the headers."""
    before = len(api.seen)
    answer = send(wire, message("tools/call", {"name": "ACME_GET_ME", "arguments": {}}), **headers)
    assert answer.status_code == 400
    assert len(api.seen) == before


def test_the_version_in_the_body_counts_too(wire: httpx.Client) -> None:
    meta = {**META, "io.modelcontextprotocol/protocolVersion": "2025-11-25"}
    assert send(wire, message("tools/list", meta=meta)).status_code == 400
    assert send(wire, {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).status_code == 400


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", PARSE_ERROR),
        (b"", PARSE_ERROR),
        (b"\xff\xfe", PARSE_ERROR),
        (b"[" * 100_000, PARSE_ERROR),
        (b"3", INVALID_REQUEST),
        (b"null", INVALID_REQUEST),
        (b'"tools/list"', INVALID_REQUEST),
        (json.dumps([message("tools/list"), message("tools/list", number=2)]).encode(), INVALID_REQUEST),
        (b"[]", INVALID_REQUEST),
        (json.dumps({**message("tools/list"), "jsonrpc": "1.0"}).encode(), INVALID_REQUEST),
        (json.dumps({**message("tools/list"), "id": {"a": 1}}).encode(), INVALID_REQUEST),
        (json.dumps({**message("tools/list"), "id": None}).encode(), INVALID_REQUEST),
        (json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}).encode(), INVALID_REQUEST),
    ],
)
def test_what_is_no_request_is_refused_and_says_why(wire: httpx.Client, body: bytes, code: int) -> None:
    answer = send(wire, body, mcp_method="tools/list")
    assert error_of(answer) == (400, code), answer.text
    assert call(wire, "tools/list")["tools"]


@pytest.mark.parametrize("method", ["nothing/here", "initialize", "ping", "sampling/createMessage", "tools/", "__class__"])
def test_an_unknown_method_is_not_found(wire: httpx.Client, method: str) -> None:
    assert error_of(send(wire, message(method))) == (404, METHOD_NOT_FOUND)


@pytest.mark.parametrize(
    "params",
    [
        {"name": 3},
        {"name": "ACME_GET_ME", "arguments": []},
        {"name": "ACME_GET_ME", "arguments": "{}"},
        {"arguments": {}},
        {"name": ""},
        {"name": "ACME_DELETE_ME", "arguments": {}},
        {"name": "ACME_GET_ME\n", "arguments": {}},
    ],
)
def test_params_that_do_not_fit_run_nothing(wire: httpx.Client, params: dict[str, Any], api: Api) -> None:
    before = len(api.seen)
    answer = send(wire, message("tools/call", params), **({"mcp_name": ""} if params.get("name") == "ACME_GET_ME\n" else {}))
    assert answer.status_code == 400, answer.text
    assert len(api.seen) == before


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH"])
def test_there_is_nothing_to_open_or_to_delete(wire: httpx.Client, method: str) -> None:
    answer = wire.request(method, "/mcp", headers={"accept": BOTH, "mcp-protocol-version": VERSION})
    assert answer.status_code == 405


@pytest.mark.parametrize("more", [{"content_type": "text/plain"}, {"accept": "text/html"}])
def test_other_media_types_are_refused(wire: httpx.Client, more: dict[str, str]) -> None:
    assert send(wire, message("tools/list"), **more).status_code in {400, 406, 415}


@pytest.mark.parametrize("more", [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "null"}])
@pytest.mark.parametrize("version", [VERSION, "2025-11-25"])
def test_another_sites_page_is_turned_away(wire: httpx.Client, more: dict[str, str], version: str, api: Api) -> None:
    before = len(api.seen)
    body = message("tools/call", {"name": "ACME_GET_ME", "arguments": {}})
    assert send(wire, body, mcp_protocol_version=version, **more).status_code in {403, 421}
    assert len(api.seen) == before


# What a client does on purpose


@pytest.mark.parametrize("version", [VERSION, "2025-11-25"])
def test_a_request_that_is_too_large_is_refused_before_it_is_read(wire: httpx.Client, version: str) -> None:
    body = message("tools/call", {"name": "ACME_CREATE_THING", "arguments": {"name": "a" * 10_000_000}})
    answer = send(wire, body, mcp_protocol_version=version)
    assert answer.status_code == 413
    assert call(wire, "tools/list")["tools"]


def test_large_arguments_that_are_allowed_are_passed_on(wire: httpx.Client, api: Api) -> None:
    done = call(wire, "tools/call", {"name": "ACME_CREATE_THING", "arguments": {"name": "a" * 3_000_000}})
    assert done["structuredContent"]["successful"]
    assert len(api.seen[-1].content) > 3_000_000


def test_deep_arguments_end_in_an_answer(wire: httpx.Client) -> None:
    deep = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
    body = json.dumps(message("tools/call", {"name": "ACME_CREATE_THING", "arguments": {"name": 1}})).encode()
    body = body.replace(b'{"name": 1}', b'{"name": ' + deep + b"}")
    answer = send(wire, body, mcp_method="tools/call", mcp_name="ACME_CREATE_THING")
    assert answer.status_code in {200, 400}
    assert call(wire, "tools/list")["tools"]


def test_a_client_that_sends_half_a_request_holds_nobody_up(wire: httpx.Client, url: str) -> None:
    body = json.dumps(message("tools/list")).encode()
    with _raw(url, body[:20], headers_of(message("tools/list")), length=len(body)):
        assert call(wire, "tools/list")["tools"]


def test_a_client_that_never_reads_holds_nobody_up(wire: httpx.Client, url: str, api: Api) -> None:
    body = message("tools/list")
    streams = [_raw(url, json.dumps(body).encode(), headers_of(body)) for _ in range(20)]
    opened = [stream.__enter__() for stream in streams]
    try:
        assert call(wire, "tools/list")["tools"]
    finally:
        for one in opened:
            one.close()
    assert call(wire, "tools/list")["tools"]


def _raw(url: str, body: bytes, headers: dict[str, str], *, length: int | None = None) -> socket.socket:
    """A connection on which a request was written, whose answer nobody reads."""
    where = urlsplit(url)
    made = socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=60)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    size = len(body) if length is None else length
    made.sendall(f"POST /mcp HTTP/1.1\r\nhost: {where.netloc}\r\n{head}content-length: {size}\r\n\r\n".encode() + body)
    return made
