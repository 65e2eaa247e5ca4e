"""Nothing that an upstream sends raises: any bytes behind a real socket end as a result, within the call's own limit."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.transport.limits import Limits

SECRET = "sk-very-secret-value"
PARAMETERS = [
    {"name": name, "in": "query", "schema": {"type": kind}}
    for name, kind in (("page", "integer"), ("limit", "integer"), ("cursor", "string"))
]
ANSWERS = {"200": {"description": "ok", "content": {"application/json": {}}}}
DESCRIPTION = {
    "openapi": "3.0.3",
    "info": {"title": "S", "version": "1"},
    "paths": {
        "/a": {
            "get": {"summary": "Get a", "parameters": PARAMETERS, "responses": ANSWERS},
            "head": {"summary": "Head a", "responses": ANSWERS},
            "post": {"summary": "Post a", "responses": {"200": {"description": "ok"}}},
        }
    },
}


class RawServer:
    """Answers every connection with the same bytes, whatever they are."""

    def __init__(self) -> None:
        self.answer = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(1)
                head = b""
                while b"\r\n\r\n" not in head and (read := connection.recv(65536)):
                    head += read
                if not head:
                    return
                connection.sendall(self.answer)

    def close(self) -> None:
        with contextlib.suppress(OSError), socket.create_connection(self._socket.getsockname()):
            pass
        self._thread.join()
        self._socket.close()


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    made = RawServer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def toolset(server: RawServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposioToolSet[Any]]:
    home: Path = tmp_path_factory.mktemp("home")
    (home / "s.json").write_text(json.dumps(DESCRIPTION))
    limits = Limits(seconds=3.0, response=2**20, download=2**21)
    backend = EmbeddedBackend(home=home, timeout=httpx.Timeout(2.0), limits=limits, egress_allow=["127.0.0.1"])
    backend.catalog.add("s", str(home / "s.json"), base_url=server.url)
    with ComposioToolSet[Any](backend=backend) as made:
        made.add_auth("s", parameters=[{"name": "X-Key", "in_": "header", "value": SECRET}])
        yield made
    backend.close()


STATUSES = st.sampled_from(
    [
        *(("200 OK",) * 6),
        "201 Created",
        "202 x",
        "204 No Content",
        "206 x",
        "301 x",
        "302 x",
        "304 x",
        "307 x",
        "400 Missing foo",
        *(
            "401 x",
            "403 x",
            "404 x",
            "422 x",
            "429 x",
            "500 x",
            "503 x",
            "599 x",
            "999 x",
            "100 x",
            "101 x",
            "099 x",
            "abc",
            "2000",
        ),
    ]
)
NAMES = st.sampled_from(
    [
        *(
            "Content-Type",
            "Content-Encoding",
            "Content-Length",
            "Content-Disposition",
            "Location",
            "Retry-After",
            "ETag",
            "X-Id",
        ),
        *("X-RateLimit-Reset", "X-RateLimit-Remaining", "RateLimit", "WWW-Authenticate", "Set-Cookie", "X-Error-Message"),
        *("X-OAuth-Scopes", "X-Accepted-OAuth-Scopes", "Transfer-Encoding", "retry-after-ms", "Operation-Location"),
    ]
)
VALUES = st.sampled_from(
    [
        *(b"0", b"-1", b"1e999", b"9" * 400, b"nan", b"\xb2", b"1, 2", b"", b'"', b"6m0s", b"1970-01-01T00:00:00", b"\xff\xfe"),
        *(b"Wed, 21 Oct 2099 07:28:00 GMT", b"Wed, 99 Oct 99999 07:28:00 GMT", b"application/json; charset=utf-16", b"gzip, "),
        *(
            b"text/plain; charset=utf-7",
            b"application/x-ndjson",
            b"application/json-seq",
            b"text/javascript",
            b"image/png",
            b"json",
        ),
        *(
            b"attachment; filename*=x; filename*1=b",
            b"attachment; filename*=utf-8''%zz",
            b"/a?page=2",
            b"http://[",
            b"javascript:1",
        ),
        *(
            b"http://xn--\xff.com",
            b"http://xn--a/",
            b"http://127.0.0.1:99999/",
            b"//",
            b"?",
            b"br",
            b"zstd",
            b"deflate",
            b"gzip",
        ),
    ]
) | st.binary(max_size=20).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b""))
BODIES = st.sampled_from(
    [
        *(
            b"",
            b"OK",
            b'{"a": NaN}',
            b'{"a": 1e999}',
            b"9" * 5000,
            b"[" * 100000,
            b'{"a":' * 500 + b"1" + b"}" * 500,
            b"\x00" * 9,
        ),
        *(
            b'{"a":"\\ud800"}',
            b'"\\udc00"',
            b"\x1e{}\n\x1e{",
            b"{}\n{}\n[",
            b")]}',\n[1]",
            b"<html><title>x",
            b"<a><b>",
            b'{"a":1,"a":2}',
        ),
        *(
            b'{"error": {"message": [{}, 1]}}',
            b'{"detail": [{"loc": [{}], "msg": 7}]}',
            b"a=b&c=%zz",
            b"\xef\xbb\xbf{}",
            b"[1,2]",
        ),
        b'{"message": "' + b"y" * 490 + SECRET.encode() + b'"}',
        SECRET.encode() * 30,
        "é".encode("latin-1") * 9,
    ]
) | st.binary(max_size=200)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """A response: mostly one that parses, its body perhaps compressed, cut, or of another length than it says."""
    body = draw(BODIES)
    headers = [(name.encode(), value) for name, value in draw(st.lists(st.tuples(NAMES, VALUES), max_size=4))]
    coding = draw(st.sampled_from([b""] * 5 + [b"gzip", b"deflate"]))
    if coding:
        body = gzip.compress(body) if coding == b"gzip" else zlib.compress(body)
        body = body[: draw(st.sampled_from([len(body), len(body) // 2, 3]))]
        headers.append((b"Content-Encoding", coding))
    length = draw(st.sampled_from([len(body)] * 9 + [len(body) + 5, -1]))
    if draw(st.booleans()):
        headers.append((b"Content-Length", str(length).encode()))
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return b"HTTP/1.1 " + draw(STATUSES).encode() + b"\r\n" + lines + b"\r\n" + body


@pytest.mark.parametrize("call", ["S_GET_A", "S_HEAD_A", "S_POST_A", "GET", "HEAD"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(answer=answers())
def test_nothing_that_an_upstream_sends_raises(
    server: RawServer, toolset: ComposioToolSet[Any], call: str, answer: bytes
) -> None:
    server.answer = answer
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = toolset.execute_action(call, {}) if call.startswith("S_") else toolset.execute_request("/a", call, app="s")
    assert set(result) == {"successful", "data", "error"}
    text = result.to_json()
    json.loads(text.encode())
    if not result["successful"]:
        assert result["error"]
        assert result["error"].isprintable()
        assert SECRET not in text
