"""Slow clients: who trickles a request, or sends nothing, is let go, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from composio_server.patience import PatientProtocol
from tests.peers.listening import listening


class Hasty(PatientProtocol):
    seconds = 0.3


async def echo(scope, receive, send):  # type: ignore[no-untyped-def]  # an ASGI application
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def port() -> Iterator[int]:
    with listening(echo, http=Hasty, lifespan="off", log_level="critical") as url:
        yield httpx.URL(url).port or 0


def is_let_go(port: int, *parts: bytes) -> bool:
    """Send ``parts``, one after the other; whether the server ends the connection then."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(0.1)
            return connection.recv(1) == b""
        except OSError:
            return True


def test_who_sends_nothing_is_let_go(port: int) -> None:
    assert is_let_go(port)


def test_who_trickles_the_head_is_let_go_though_something_comes_all_the_time(port: int) -> None:
    assert is_let_go(port, *(bytes([byte]) for byte in b"GET / HTTP/1.1\r\nhost: x"))


def test_who_stops_in_the_middle_of_the_body_is_let_go(port: int) -> None:
    assert is_let_go(port, b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc")


def test_a_slow_body_that_goes_on_is_read_to_its_end(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\nconnection: close\r\n\r\n")
        for byte in b"abcdefgh":
            time.sleep(0.1)
            connection.sendall(bytes([byte]))
        answer = b""
        while part := connection.recv(1000):
            answer += part
    assert answer.endswith(b"abcdefgh")


def test_a_connection_serves_several_requests(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for number in range(5):
            assert client.post("/", content=b"x" * number).content == b"x" * number
            time.sleep(0.1)


def test_endless_headers_are_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        answer = b""
        try:
            for _ in range(200):
                connection.sendall(b"x-filler: " + b"x" * 1000 + b"\r\n")
            answer = connection.recv(100)
        except OSError:
            answer = answer or b"HTTP/1.1 431"  # it closed while we wrote
    assert b"431" in answer


def test_others_are_served_while_slow_ones_wait(port: int) -> None:
    async def main() -> float:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        async with httpx.AsyncClient(trust_env=False) as client:
            started = time.perf_counter()
            await asyncio.gather(*(client.get(f"http://127.0.0.1:{port}/") for _ in range(20)))
            took = time.perf_counter() - started
        for _, writer in slow:
            writer.close()
        return took

    assert asyncio.run(main()) < 5
