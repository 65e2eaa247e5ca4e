"""Answers that were put together into packets come whole, over HTTP and over a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from composio_server.patience import PatientProtocol
from tests.peers.listening import listening


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
