"""The network settings that companies need, over real sockets on loopback."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.errors import ConfigurationError
from composio.process.addresses import is_global
from composio.process.tls import tls_context
from composio.transport.client import Clients, asend, send
from composio.transport.deadline import deadline, within
from composio.transport.egress import same_origin


class Answering(BaseHTTPRequestHandler):
    """Answers what it was asked for, as a server or as a proxy."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.server.server_port} {self.path}".encode()  # type: ignore[attr-defined]  # it is a ThreadingHTTPServer
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as httpd:
        httpd.daemon_threads = True
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield httpd.server_port
        httpd.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}:
            monkeypatch.delenv(name)


def get(clients: Clients, url: str) -> str:
    try:
        return clients.blocking().send(httpx.Request("GET", url)).text
    finally:
        clients.close()


async def aget(clients: Clients, url: str) -> str:
    try:
        return (await (await clients.asynchronous()).send(httpx.Request("GET", url))).text
    finally:
        await clients.aclose()


def test_a_proxy_from_the_environment_is_used(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server}")
    assert get(Clients(), "http://api.example.com/user") == f"{server} http://api.example.com/user"
    assert asyncio.run(aget(Clients(), "http://api.example.com/user")) == f"{server} http://api.example.com/user"


def test_no_proxy_keeps_hosts_out_of_it(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert get(Clients(), f"http://127.0.0.1:{server}/x") == f"{server} /x"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_ca_bundle_from_the_environment_is_used_or_explained(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bundle.pem"
    broken.write_text("no certificate")
    monkeypatch.setenv(variable, str(broken))
    with pytest.raises(ConfigurationError, match=variable):
        tls_context()
    import certifi

    monkeypatch.setenv(variable, certifi.where())
    assert len(tls_context().get_ca_certs()) > 50


def test_each_loop_has_connections_of_its_own(server: int) -> None:
    clients = Clients()
    for _ in range(3):
        assert asyncio.run(aget(clients, f"http://127.0.0.1:{server}/x")) == f"{server} /x"


def test_a_loop_that_ends_closes_its_connections(server: int) -> None:
    clients = Clients()
    left: list[httpx.AsyncClient] = []

    async def forgetful() -> None:
        client = await clients.asynchronous()
        await client.send(httpx.Request("GET", f"http://127.0.0.1:{server}/x"))
        left.append(client)

    asyncio.run(forgetful())
    assert left[0].is_closed


def test_a_closed_client_opens_again(server: int) -> None:
    clients = Clients()
    assert get(clients, f"http://127.0.0.1:{server}/1") == get(clients, f"http://127.0.0.1:{server}/1")


def test_a_forked_child_does_not_share_connections(server: int) -> None:
    clients = Clients()
    url = f"http://127.0.0.1:{server}/x"
    assert clients.blocking().send(httpx.Request("GET", url)).status_code == 200
    parents = clients.blocking()
    child = os.fork()
    if child == 0:
        fresh = clients.blocking() is not parents and clients.blocking().send(httpx.Request("GET", url)).status_code == 200
        os._exit(0 if fresh else 1)
    assert os.waitpid(child, 0)[1] == 0
    clients.close()


@pytest.mark.parametrize(
    ("address", "expected"),
    [("93.184.216.34", True), ("10.1.2.3", False), ("::ffff:10.0.0.1", False), ("fe80::1%eth0", False), ("224.0.0.1", False)],
)
def test_which_addresses_are_global(address: str, expected: bool) -> None:
    assert is_global(address) is expected


def test_the_default_port_is_the_same_origin() -> None:
    assert same_origin(httpx.URL("https://a.com/x"), httpx.URL("https://a.com:443/y"))
    assert not same_origin(httpx.URL("https://a.com"), httpx.URL("https://b.a.com"))


def test_no_cookie_of_an_answer_is_kept() -> None:
    """A later call may be another user's."""
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"set-cookie": "session=alice"})

    clients = Clients(httpx.MockTransport(answer))
    for _ in range(2):
        clients.blocking().send(httpx.Request("GET", "http://api.example.com/"))
    assert seen == [None, None]
    assert not list(clients.blocking().cookies.jar)
    clients.close()


def test_a_deadline_holds_over_all_reads_and_is_put_around_a_transport_once(server: int) -> None:
    transport = httpx.HTTPTransport()
    for _ in range(2):
        clients = Clients(transport)
        with deadline(5):
            assert get(clients, f"http://127.0.0.1:{server}/x") == f"{server} /x"
        with deadline(-1), pytest.raises(httpx.TimeoutException):
            get(clients, f"http://127.0.0.1:{server}/x")
    backend: Any = getattr(transport._pool, "_network_backend", None)
    assert not isinstance(backend._inner, type(backend))


def test_an_inner_deadline_never_outlasts_the_outer_one() -> None:
    with deadline(1), deadline(100):
        left = within(None)
    assert left is not None
    assert left <= 1
    assert within(7.0) == 7.0


def test_what_is_sent_past_the_client_is_what_the_client_would_have_sent(server: int) -> None:
    clients = Clients()
    url = f"http://127.0.0.1:{server}/x?y=1"
    by_client = clients.blocking().send(httpx.Request("GET", url), stream=True)
    by_us = send(clients.blocking(), httpx.Request("GET", url))
    assert by_us.request.extensions["timeout"] == by_client.request.extensions["timeout"]
    assert by_us.request.headers.raw == by_client.request.headers.raw
    assert (by_us.read(), by_us.status_code) == (by_client.read(), 200)
    clients.close()

    async def again() -> bytes:
        response = await asend(await clients.asynchronous(), httpx.Request("GET", url))
        body = await response.aread()
        await clients.aclose()
        return body

    assert asyncio.run(again()) == by_us.content


def test_a_timeout_that_a_request_brings_is_kept(server: int) -> None:
    clients = Clients()
    brought = httpx.Timeout(7.0).as_dict()
    request = httpx.Request("GET", f"http://127.0.0.1:{server}/x", extensions={"timeout": brought})
    send(clients.blocking(), request).close()
    assert request.extensions["timeout"] == brought
    clients.close()


def test_nothing_is_sent_through_a_client_that_is_closed(server: int) -> None:
    clients = Clients()
    client = clients.blocking()
    clients.close()
    with pytest.raises(RuntimeError, match="closed"):
        send(client, httpx.Request("GET", f"http://127.0.0.1:{server}/x"))

    async def closed() -> None:
        loops = await clients.asynchronous()
        await clients.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await asend(loops, httpx.Request("GET", f"http://127.0.0.1:{server}/x"))

    asyncio.run(closed())


def test_a_user_name_in_an_address_still_signs_in() -> None:
    heard: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        return httpx.Response(200)

    clients = Clients(transport=httpx.MockTransport(answer))
    send(clients.blocking(), httpx.Request("GET", "https://ada:pass@a.example/token"))

    async def signed() -> None:
        await asend(await clients.asynchronous(), httpx.Request("GET", "https://ada:pass@a.example/token"))
        await clients.aclose()

    asyncio.run(signed())
    clients.close()
    assert [one.headers["authorization"] for one in heard] == ["Basic YWRhOnBhc3M="] * 2


def test_each_request_is_logged_as_httpx_logs_it(server: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="httpx")
    clients = Clients()
    url = f"http://127.0.0.1:{server}/x"
    clients.blocking().send(httpx.Request("GET", url))
    send(clients.blocking(), httpx.Request("GET", url)).close()
    clients.close()
    first, second = (record.getMessage() for record in caplog.records if record.name == "httpx")
    assert second == first
