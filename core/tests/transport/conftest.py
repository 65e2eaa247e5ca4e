"""A server on loopback, and clients of both kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from composio.transport.client import Clients
from composio.transport.egress import guard
from tests.peers.egress import Fetch, Server


@pytest.fixture(scope="module")
def listening() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(listening: Server) -> Server:
    listening.seen.clear()
    listening.connections.clear()
    return listening


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(params=["sync", "async"])
def fetch(request: pytest.FixtureRequest) -> Fetch:
    """Sends guarded requests with the clients that are given, one after the other on one connection pool."""

    async def later(clients: Clients, urls: tuple[str, ...], trust: bool) -> httpx.Response:
        try:
            for url in urls:
                client = await clients.asynchronous(guarded=not trust)
                response = await client.send(httpx.Request("GET", url) if trust else guard(httpx.Request("GET", url)))
            return response
        finally:
            await clients.aclose()

    def fetched(clients: Clients, *urls: str, trust: bool = False) -> httpx.Response:
        if request.param == "async":
            return asyncio.run(later(clients, urls, trust))
        try:
            for url in urls:
                client = clients.blocking(guarded=not trust)
                response = client.send(httpx.Request("GET", url) if trust else guard(httpx.Request("GET", url)))
            return response
        finally:
            clients.close()

    return fetched
