"""Pools whose connections are many: the rules of httpcore's own, at the cost of few."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import httpx
import pytest

from composio.transport import pooling
from composio.transport.client import LIMITS
from composio.transport.deadline import bind


class Upstream:
    """Answers on kept connections, of which it counts those that it was given; ``hold`` is awaited before an answer."""

    def __init__(self) -> None:
        self.opened: list[socket.socket] = []
        self.hold = threading.Event()
        self.hold.set()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                made, _ = self._server.accept()
                self.opened.append(made)
                threading.Thread(target=self._serve, args=(made,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            while connection.recv(65536):
                self.hold.wait(60)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    def cut(self) -> None:
        """End every connection, as a server does that has waited long enough."""
        for one in self.opened:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self) -> None:
        self._server.close()
        self.cut()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with closing(Upstream()) as made:
        yield made


def pool_of(client: httpx.Client | httpx.AsyncClient) -> Any:
    return client._transport._pool  # type: ignore[union-attr]  # its own


async def burst(client: httpx.AsyncClient, upstream: Upstream, count: int) -> None:
    """So many requests at once, each on a connection of its own."""
    upstream.hold.clear()
    asked = [asyncio.create_task(client.get(upstream.url)) for _ in range(count)]
    async with asyncio.timeout(60):
        while len(upstream.opened) < count:  # noqa: ASYNC110 - on threads
            await asyncio.sleep(0.01)
    upstream.hold.set()
    assert {(await one).text for one in asked} == {"ok"}


def test_connections_are_kept_used_again_and_only_the_one_that_is_used_is_asked(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> tuple[int, int]:
        async with httpx.AsyncClient(limits=LIMITS, trust_env=False, timeout=60) as client:
            bind(client)
            await burst(client, upstream, 40)
            asked = 0
            for one in pool_of(client).connections:

                def look(kept: Any = one, usual: Any = one.has_expired) -> bool:
                    nonlocal asked
                    asked += 1
                    return bool(usual())

                one.has_expired = look
            monkeypatch.setattr(pooling, "_SWEEP", 3600.0)
            for _ in range(10):
                assert (await client.get(upstream.url)).text == "ok"
            return asked, len(pool_of(client).connections)

    assert asyncio.run(run()) == (10, 40)
    assert len(upstream.opened) == 40


def test_no_more_are_kept_than_the_limits_say_and_what_the_other_side_ended_is_not_used(upstream: Upstream) -> None:
    limits = httpx.Limits(max_connections=30, max_keepalive_connections=5)

    async def run() -> None:
        async with httpx.AsyncClient(limits=limits, trust_env=False, timeout=60) as client:
            bind(client)
            await burst(client, upstream, 30)
            assert (await client.get(upstream.url)).text == "ok"
            assert len(pool_of(client).connections) <= 6
            upstream.cut()
            assert {(await client.get(upstream.url)).text for _ in range(8)} == {"ok"}
            assert len(pool_of(client).connections) <= 6

    asyncio.run(run())


def test_a_blocking_client_waits_for_a_place_and_gives_up_an_idle_one_of_another_host(upstream: Upstream) -> None:
    with (
        closing(Upstream()) as other,
        httpx.Client(limits=httpx.Limits(max_connections=1), trust_env=False, timeout=60) as client,
    ):
        bind(client)
        for url in (upstream.url, other.url, upstream.url):
            assert client.get(url).text == "ok"
        assert (len(upstream.opened), len(other.opened)) == (2, 1)


def test_a_pool_that_is_made_otherwise_is_left_as_it_is() -> None:
    other = object()
    pooling.hasten(other)
    assert not hasattr(other, "_assign_requests_to_connections")
