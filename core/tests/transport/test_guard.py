"""The guard around real sockets: pinned addresses, pools, proxies, and chains of redirects."""

from __future__ import annotations

import asyncio
import functools
import ssl
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from composio.engine.blocking import drive
from composio.engine.receive import Answer, Receiver
from composio.engine.send import Trace, send
from composio.errors import UpstreamError, UpstreamRefused, UpstreamUnreachable
from composio.testing import FakeTransport
from composio.transport.client import Clients
from composio.transport.egress import Egress, get_namer, guard
from composio.transport.limits import Limits
from tests.peers.egress import PUBLIC, RESOLVED, Fetch, Resolver, Server

AUDITED: list[tuple[str, Any]] = []
WATCHING = threading.Event()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo"} and WATCHING.is_set():
        AUDITED.append((event, arguments[1] if event == "socket.connect" else arguments[0]))


@pytest.fixture
def audited() -> Iterator[list[tuple[str, Any]]]:
    """What the interpreter itself reports of name look-ups and connections."""
    if not getattr(_audit, "installed", False):
        sys.addaudithook(_audit)  # one can't be taken away again: it does nothing while nobody watches
        _audit.installed = True  # type: ignore[attr-defined]  # a note on the function itself
    AUDITED.clear()
    WATCHING.set()
    yield AUDITED
    WATCHING.clear()


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    server: Server, fetch: Fetch, audited: list[tuple[str, Any]]
) -> None:
    """A name that rebinds: its second answer would lead inside. The system never hears of the name."""
    resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
    egress = Egress([f"127.0.0.1:{server.port}"], resolver=resolver)
    url = f"http://rebinding.invalid:{server.port}"
    assert fetch(Clients(egress=egress), f"{url}/1", f"{url}/2").status_code == 200
    assert server.seen == [f"/1 rebinding.invalid:{server.port}", f"/2 rebinding.invalid:{server.port}"]
    assert len(server.connections) == 1
    assert resolver.asked == ["rebinding.invalid"]
    assert ("socket.connect", ("127.0.0.1", server.port)) in audited
    assert "rebinding.invalid" not in [found for event, found in audited if event == "socket.getaddrinfo"]
    with pytest.raises(UpstreamRefused, match="leads to an address that is not on the public internet"):
        fetch(Clients(egress=egress), f"{url}/3")
    assert len(server.seen) == 2


def test_another_address_is_tried_where_one_does_not_answer(server: Server, fetch: Fetch) -> None:
    egress = Egress(["127.0.0.0/8", "[::1]"], resolver=Resolver(["::1", "127.0.0.1"]))
    assert fetch(Clients(egress=egress), f"http://two.invalid:{server.port}/x").text == "/x"
    with pytest.raises(httpx.ConnectError):
        fetch(Clients(egress=egress), "http://two.invalid:1/x")


class Silent(httpcore.NetworkBackend):
    """Connects nowhere; ``asked`` has each address with the seconds that were left for it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float | None]] = []

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any
    ) -> httpcore.NetworkStream:  # the rest plays no part
        self.asked.append((host, timeout))
        raise httpcore.ConnectTimeout("silence")


def test_an_address_that_never_answers_leaves_time_for_the_others() -> None:
    silent, addresses = Silent(), [f"8.8.8.{number}" for number in range(4)]
    transport = httpx.HTTPTransport()
    transport._pool._network_backend = silent
    clients = Clients(transport, httpx.Timeout(8), Egress(resolver=Resolver(addresses)))
    with pytest.raises(httpx.ConnectTimeout):
        clients.blocking(guarded=True).send(guard(httpx.Request("GET", "http://slow.example.com/")))
    assert [host for host, _ in silent.asked] == addresses
    assert all(seconds is not None and 0 < seconds <= 8 / (4 - number) for number, (_, seconds) in enumerate(silent.asked))
    clients.close()


def test_no_guarded_request_travels_on_a_connection_that_was_not_checked(server: Server, fetch: Fetch) -> None:
    url = f"http://127.0.0.1:{server.port}"

    async def later(clients: Clients) -> None:
        await (await clients.asynchronous()).send(httpx.Request("GET", f"{url}/open"))
        with pytest.raises(UpstreamRefused):
            await (await clients.asynchronous(guarded=True)).send(guard(httpx.Request("GET", f"{url}/guarded")))
        await clients.aclose()

    for transport in (None, httpx.HTTPTransport()):
        clients = Clients(transport)
        clients.blocking().send(httpx.Request("GET", f"{url}/open"))
        with pytest.raises(UpstreamRefused):
            clients.blocking(guarded=True).send(guard(httpx.Request("GET", f"{url}/guarded")))
        clients.close()
    for other in (None, httpx.AsyncHTTPTransport()):
        asyncio.run(later(Clients(other)))
    assert {line.split()[0] for line in server.seen} == {"/open"}


def test_a_callers_own_connections_are_guarded_by_name_as_well(server: Server) -> None:
    """Its pool may hold a connection of that name already: the look-up comes first."""
    clients = Clients(httpx.HTTPTransport(), egress=Egress(resolver=Resolver(["10.0.0.1"])))
    with pytest.raises(UpstreamRefused):
        clients.blocking(guarded=True).send(guard(httpx.Request("GET", f"http://x.invalid:{server.port}/")))
    gone = Clients(httpx.HTTPTransport(), egress=Egress(resolver=Resolver()))
    with pytest.raises(httpx.ConnectError):
        gone.blocking(guarded=True).send(guard(httpx.Request("GET", f"http://x.invalid:{server.port}/")))
    clients.close()
    gone.close()


def test_a_name_without_addresses_can_not_be_reached(fetch: Fetch) -> None:
    for resolver in (Resolver(), Resolver([])):
        with pytest.raises(httpx.ConnectError):
            fetch(Clients(egress=Egress(resolver=resolver)), "http://nobody.example.com/")


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    released = threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        released.wait(30)
        return [PUBLIC]

    async def run() -> None:
        clients = Clients(timeout=httpx.Timeout(5, connect=0.05), egress=Egress(resolver=slow))
        try:
            with pytest.raises(httpx.ConnectTimeout):
                await (await clients.asynchronous(guarded=True)).send(guard(httpx.Request("GET", "http://slow.example.com/")))
        finally:
            released.set()
            await clients.aclose()

    asyncio.run(run())


def test_through_a_proxy_the_check_is_made_here_and_the_proxy_gets_the_name(
    server: Server, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
    table = {"public.example.com": [PUBLIC], **RESOLVED}
    rules = functools.partial(Egress, resolver=Resolver(**table))
    assert fetch(Clients(egress=rules()), "http://public.example.com/x").text == "http://public.example.com/x"
    for host in ("private.example.com", "127.0.0.1", "2130706433", "localhost"):
        with pytest.raises(UpstreamRefused):
            fetch(Clients(egress=rules()), f"http://{host}/x")
    with pytest.raises(UpstreamRefused, match=r"COMPOSIO_EGRESS_ALLOW=only-the-proxy\.example\.com"):
        fetch(Clients(egress=rules()), "http://only-the-proxy.example.com/x")
    assert fetch(Clients(egress=rules(["*.example.com"])), "http://only-the-proxy.example.com/x").status_code == 200
    assert [line.split()[0] for line in server.seen] == [
        "http://public.example.com/x",
        "http://only-the-proxy.example.com/x",
    ]


class Wire:
    """The engine's I/O over clients of either kind."""

    def __init__(self, clients: Clients, kind: str) -> None:
        self.clients, self.kind = clients, kind

    async def open(self, request: httpx.Request) -> httpx.Response:
        is_guarded = get_namer(request) is not None
        if self.kind == "async":
            return await (await self.clients.asynchronous(guarded=is_guarded)).send(request)
        return self.clients.blocking(guarded=is_guarded).send(request)

    async def read(self, response: httpx.Response, receiver: Receiver) -> Answer:
        receiver.feed(response.content, decoded=True)
        return receiver.finish()

    async def sleep(self, seconds: float) -> None:
        pass

    def run(self, request: httpx.Request, secret: frozenset[str] = frozenset()) -> Trace:
        trace = Trace()
        receiver = functools.partial(Receiver, limits=Limits())

        async def later() -> None:
            try:
                await send(request, secret, self, trace, receiver)  # type: ignore[arg-type]  # functions play no part here
            finally:
                await self.clients.aclose()

        if self.kind == "async":
            asyncio.run(later())
        else:
            try:
                drive(send(request, secret, self, trace, receiver))  # type: ignore[arg-type]  # functions play no part here
            finally:
                self.clients.close()
        return trace


def redirect(location: str, status: int = 302) -> tuple[int, str, dict[str, str]]:
    return status, "", {"location": location}


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


START = "https://api.example.com/0"


@pytest.mark.parametrize(
    ("locations", "refused", "sent"),
    [
        (["http://127.0.0.1/"], "not on the public internet", 1),
        (["https://b.example.net/", "http://169.254.169.254/latest/meta-data"], "not on the public internet", 2),
        (["https://b.example.net/", "https://c.example.net/", "http://[::ffff:10.0.0.1]/"], "not on the public internet", 3),
        (["https://b.example.net/", "/same", "http://localhost:6379/"], "not on the public internet", 3),
        (["https://b.example.net/", "https://api.example.com/", "http://0x7f.1/"], "in an ambiguous form", 3),
        ([f"https://{letter}.example.net/" for letter in "abcdef"], "more than 5 times", 6),
        ([f"/{number}" for number in range(6)], "more than 5 times", 6),
        (["file:///etc/passwd"], "redirected to a 'file' address", 1),
        (["https://b.example.net/", "ftp://c.example.net/"], "redirected to a 'ftp' address", 2),
        (["https://b.example.net/", "http:///x"], "redirected to", 2),
        (["https://u:p@b.example.net/"], "user name", 1),
        (["http://2130706433/"], "in an ambiguous form", 1),
        (["//127.0.0.1/"], "not on the public internet", 1),
        (["\\\\127.0.0.1/"], "more than 5 times", 6),
    ],
)
def test_a_chain_of_redirects(locations: list[str], refused: str, sent: int, kind: str) -> None:
    fake = FakeTransport(lambda _request: redirect(locations[min(len(fake.requests), len(locations)) - 1]))
    with pytest.raises(UpstreamError, match=refused):
        Wire(Clients(fake), kind).run(httpx.Request("GET", START))
    assert len(fake.requests) == sent
    assert {request.url.host for request in fake.requests} <= {"api.example.com", *(f"{c}.example.net" for c in "abcdef")}


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_does_not_follow_to_another_host(status: int, kind: str) -> None:
    fake = FakeTransport(lambda _request: redirect("https://b.example.net/", status))
    with pytest.raises(UpstreamRefused, match="bodies don't follow"):
        Wire(Clients(fake), kind).run(httpx.Request("POST", START, json={"a": 1}))
    assert len(fake.requests) == 1


def test_five_redirects_are_followed_without_credentials(kind: str) -> None:
    def answer(request: httpx.Request) -> Any:
        return redirect(f"https://{'abcde'[len(fake.requests) - 1]}.example.net/") if len(fake.requests) < 6 else (200, {})

    fake = FakeTransport(answer)
    headers = {"authorization": "Bearer x", "x-key": "y"}
    assert Wire(Clients(fake), kind).run(httpx.Request("GET", START, headers=headers), frozenset({"x-key"})).attempts == 6
    assert all("authorization" not in one.headers and "x-key" not in one.headers for one in fake.requests[1:])


def test_redirects_over_real_sockets(server: Server, kind: str) -> None:
    """The developer's own server redirects to a name: refused, then let out by the list, and connected to as checked."""
    first = Server()
    first.httpd.RequestHandlerClass.do_GET = lambda handler: (  # type: ignore[attr-defined]  # this server only redirects
        handler.send_response(302),
        handler.send_header("location", f"http://inner.invalid:{server.port}/goal"),
        handler.send_header("content-length", "0"),
        handler.end_headers(),
    )
    request = httpx.Request("GET", f"http://127.0.0.1:{first.port}/")
    resolver = Resolver(**{"inner.invalid": ["127.0.0.1"]})
    try:
        closed, opened = Clients(egress=Egress(resolver=resolver)), Clients(egress=Egress(["127.0.0.1"], resolver=resolver))
        with pytest.raises(UpstreamRefused, match=r"inner\.invalid leads to an address that is not on the public internet"):
            Wire(closed, kind).run(request)
        assert server.connections == []
        assert Wire(opened, kind).run(request).attempts == 2
        assert server.seen == [f"/goal inner.invalid:{server.port}"]
        with pytest.raises(UpstreamUnreachable, match="Could not reach"):
            Wire(Clients(egress=Egress(resolver=Resolver())), kind).run(request)
    finally:
        first.close()


def certified(name: str, folder: Path) -> Path:
    """A certificate for ``name`` that signs itself, with its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    pem += key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(pem)
    return file


def test_tls_still_asks_for_the_name(fetch: Fetch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The address is pinned; SNI and the certificate's check have the host's name."""
    file = certified("pinned.invalid", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    secure = Server(context)
    egress = Egress(["127.0.0.1"], resolver=Resolver(["127.0.0.1"]))
    try:
        assert fetch(Clients(egress=egress), f"https://pinned.invalid:{secure.port}/x").text == "/x"
        assert secure.seen == [f"/x pinned.invalid:{secure.port}"]
        with pytest.raises(httpx.ConnectError, match="certificate"):
            fetch(Clients(egress=egress), f"https://other.invalid:{secure.port}/x")
        assert asked == ["pinned.invalid", "other.invalid"]
    finally:
        secure.close()
