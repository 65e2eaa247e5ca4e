"""Where requests go whose host a tenant names: how many ways around the guard are refused, and what it costs to ask."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable

import httpx

from composio.errors import UpstreamRefused
from composio.transport.client import Clients
from composio.transport.egress import Egress, guard
from tests.peers.egress import RESOLVED, VECTORS, Resolver, Server

CALLS = 2_000
WARM_UP = 200


def rows() -> list[tuple[str, str, str]]:
    server = Server()
    try:
        refused = _count_refused(server), asyncio.run(_arefused(server))
        arrived = len(server.connections)
        plain, checked = _per_request(server, is_guarded=False), _per_request(server, is_guarded=True)
    finally:
        server.close()
    total = len(VECTORS)
    return [
        ("egress vectors refused, blocking", f"{refused[0]} of {total}", f"{total}"),
        ("egress vectors refused, asynchronous", f"{refused[1]} of {total}", f"{total}"),
        ("connections that a server on loopback got meanwhile", f"{arrived}", "0"),
        ("one request on a kept connection, free / guarded, p50", f"{plain:.3f} ms / {checked:.3f} ms", ""),
    ]


def _clients() -> Clients:
    return Clients(egress=Egress(resolver=Resolver(**RESOLVED)))


def _vectors(server: Server) -> list[str]:
    return [vector.format(port=f":{server.port}") for vector in VECTORS]


def _count_refused(server: Server) -> int:
    clients = _clients()
    count = 0
    for url in _vectors(server):
        try:
            clients.blocking(guarded=True).send(guard(httpx.Request("GET", url)))
        except (UpstreamRefused, httpx.InvalidURL):
            count += 1
    clients.close()
    return count


async def _arefused(server: Server) -> int:
    clients = _clients()
    count = 0
    for url in _vectors(server):
        try:
            await (await clients.asynchronous(guarded=True)).send(guard(httpx.Request("GET", url)))
        except (UpstreamRefused, httpx.InvalidURL):
            count += 1
    await clients.aclose()
    return count


def _per_request(server: Server, *, is_guarded: bool) -> float:
    clients = Clients(egress=Egress(["127.0.0.1"]))
    url = f"http://127.0.0.1:{server.port}/x"
    mark: Callable[[httpx.Request], httpx.Request] = guard if is_guarded else lambda request: request
    took = []
    for _ in range(CALLS):
        started = time.perf_counter()
        clients.blocking(guarded=is_guarded).send(mark(httpx.Request("GET", url)))
        took.append((time.perf_counter() - started) * 1000)
    clients.close()
    return statistics.median(took[WARM_UP:])
