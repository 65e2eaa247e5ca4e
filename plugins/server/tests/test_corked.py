"""What is written in one moment goes out together, in order, and nothing stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
from websockets.sync.client import connect

from composio_server.corked import CorkedTransport
from composio_server.patience import PatientProtocol
from tests.peers.listening import listening


class Transport:
    """What a socket is given."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return name


def corked(transport: Transport) -> CorkedTransport:
    return CorkedTransport(cast("Any", transport), asyncio.get_running_loop())


def test_a_head_goes_out_with_its_body() -> None:
    async def main() -> list[bytes]:
        transport = Transport()
        one = corked(transport)
        one.write(b"head ")
        assert transport.sent == []
        one.write(b"body")
        one.write(b"next ")
        one.write(b"one")
        return transport.sent

    assert asyncio.run(main()) == [b"head body", b"next one"]


def test_a_head_whose_body_is_late_goes_out_by_itself() -> None:
    async def main() -> list[bytes]:
        transport = Transport()
        corked(transport).write(b"head")
        await asyncio.sleep(0)
        return transport.sent

    assert asyncio.run(main()) == [b"head"]


def test_what_is_large_is_not_copied() -> None:
    async def main() -> list[bytes]:
        transport = Transport()
        one, large = corked(transport), b"x" * 100_000
        one.write(b"head")
        one.write(large)
        one.write(large)
        assert transport.sent[1] is large
        return transport.sent

    assert [len(one) for one in asyncio.run(main())] == [4, 100_000, 100_000]


def test_closing_sends_what_is_held_back() -> None:
    async def main() -> Transport:
        transport = Transport()
        one = corked(transport)
        one.write(b"last")
        one.close()
        await asyncio.sleep(0)
        assert one.is_closing()
        assert one.get_extra_info("peername") == "peername"
        return transport

    assert asyncio.run(main()).sent == [b"last"]


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """An application that streams to HTTP, and says to a WebSocket what it hears."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for part in (b"one ", b"two ", b"x" * 200_000):
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(0.01)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.fixture
def port() -> Iterator[int]:
    """A server as ``composio serve`` has it."""
    with listening(answer, http=PatientProtocol, ws="websockets-sansio", lifespan="off", log_level="critical") as url:
        yield httpx.URL(url).port or 0


def test_a_stream_comes_whole_and_in_order(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
        for _ in range(3):  # over one connection
            assert client.get("/").content == b"one two " + b"x" * 200_000
        assert client.head("/").status_code == 200


def test_a_connection_that_becomes_a_websocket_goes_on(port: int) -> None:
    with connect(f"ws://127.0.0.1:{port}/", proxy=None, open_timeout=60) as socket:
        for text in ("hello", "y" * 100_000, "again"):
            socket.send(text)
            assert socket.recv(60) == text
