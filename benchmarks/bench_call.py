"""One execute over loopback, with ``auth=`` and through a stored connection, against bare pooled httpx, and FastMCP's OpenAPI tools
beside them, in the same run.

They take turns call by call, so that a machine that slows down slows all of them. p50 of the wall clock.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.peers.described import add_app, openapi, secured

CALLS = 1500
WARM_UP = 100
TOKEN = "benchmark-token"
DESCRIPTION = openapi(
    "Bench",
    "http://127.0.0.1",
    {
        "/repos/{owner}/{repo}": {
            "get": {
                "operationId": "get_repo",
                "summary": "Get a repository",
                "parameters": [
                    {"name": "owner", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "repo", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}},
                ],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}},
            }
        }
    },
    **secured({"type": "http", "scheme": "bearer"}),
)
# A server as thin as possible, in a process of its own: what is measured is the client's side.
SERVER = """
import asyncio
BODY = b'{"id": 1, "name": "hello", "private": false}'
ANSWER = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(BODY) + BODY
class Serve(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.buffer = transport, b""
    def data_received(self, data):
        self.buffer += data
        while b"\\r\\n\\r\\n" in self.buffer:
            _, self.buffer = self.buffer.split(b"\\r\\n\\r\\n", 1)
            self.transport.write(ANSWER)
async def main():
    server = await asyncio.get_running_loop().create_server(Serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
ACTION = "BENCH_GET_A_REPOSITORY"
ARGUMENTS = {"owner": "octocat", "repo": "hello", "page": 1}
HEADERS = {"authorization": f"Bearer {TOKEN}", "accept": "application/json"}


def p50(one: list[float]) -> float:
    return statistics.median(one[WARM_UP:])


def synchronous(url: str, *others: Callable[[], object]) -> list[float]:
    times: list[list[float]] = [[] for _ in range(len(others) + 1)]
    with httpx.Client() as client:
        for _ in range(CALLS + WARM_UP):
            started = time.perf_counter()
            client.get(f"{url}/repos/octocat/hello", params={"page": 1}, headers=HEADERS).json()
            times[0].append(time.perf_counter() - started)
            for index, other in enumerate(others, 1):
                started = time.perf_counter()
                other()
                times[index].append(time.perf_counter() - started)
    return [p50(one) for one in times]


async def asynchronous(url: str, *others: Callable[[], Awaitable[object]]) -> list[float]:
    times: list[list[float]] = [[] for _ in range(len(others) + 1)]
    async with httpx.AsyncClient() as client:
        for _ in range(CALLS + WARM_UP):
            started = time.perf_counter()
            (await client.get(f"{url}/repos/octocat/hello", params={"page": 1}, headers=HEADERS)).json()
            times[0].append(time.perf_counter() - started)
            for index, other in enumerate(others, 1):
                started = time.perf_counter()
                await other()
                times[index].append(time.perf_counter() - started)
    return [p50(one) for one in times]


def rows() -> list[tuple[str, str, str]]:
    from composio import ComposioToolSet
    from composio.embedded import EmbeddedBackend

    os.environ.setdefault("COMPOSIO_ENCRYPTION_KEY", "11" * 32)  # no key of this machine's keyring
    with run_upstream(SERVER) as url, tempfile.TemporaryDirectory() as folder:
        backend = EmbeddedBackend(home=Path(folder, "home"))
        add_app(backend, Path(folder), "bench", DESCRIPTION, base_url=url)
        with ComposioToolSet(backend=backend) as toolset:
            return [*_measure(toolset, url), *_logged(toolset, Path(folder, "home"))]


@contextmanager
def run_upstream(program: str) -> Iterator[str]:
    """The URL of a program's server, which runs in a process of its own and prints its port."""
    server = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.kill()
        server.wait()


def _measure(toolset: object, url: str) -> list[tuple[str, str, str]]:
    from composio import ComposioToolSet

    assert isinstance(toolset, ComposioToolSet)
    auth = {"parameters": [{"name": "Authorization", "value": f"Bearer {TOKEN}", "in_": "header"}]}
    toolset.initiate_connection(app="bench", entity_id="alice", connected_account_params={"token": TOKEN})
    ways: list[dict[str, Any]] = [{"auth": auth}, {"entity_id": "alice"}]
    calls = [functools.partial(toolset.execute_action, ACTION, ARGUMENTS, **way) for way in ways]
    for call in calls:
        result = call()
        assert result["successful"], result

    async def all_ways() -> list[float]:
        others: list[Callable[[], Awaitable[object]]] = [
            functools.partial(toolset.aexecute_action, ACTION, ARGUMENTS, **way) for way in ways
        ]
        if importlib.util.find_spec("fastmcp"):
            others.append(_fastmcp(url))
        found = await asynchronous(url, *others)
        await toolset.aclose()
        return found

    bare, given, stored, *peers = asyncio.run(all_ways())
    bare_sync, given_sync, stored_sync = synchronous(url, *calls)
    found = [
        ("execute with auth=, async, p50", _tell(given, bare), "<= 1.25x"),
        ("execute with auth=, sync, p50", _tell(given_sync, bare_sync), "<= 1.35x"),
        ("execute through a stored connection, async, p50", _tell(stored, bare), "<= 1.45x"),
        ("execute through a stored connection, sync, p50", _tell(stored_sync, bare_sync), "<= 1.55x"),
    ]
    found += [("FastMCP's tool.run beside it", f"{peer * 1e6:.0f} us, {peer / bare:.2f}x", "") for peer in peers]
    return found


def _logged(toolset: object, home: Path) -> list[tuple[str, str, str]]:
    """The CPU of the calling thread for a call through a stored connection, without the log of calls and with it, in turns."""
    from composio import ComposioToolSet
    from composio.embedded import EmbeddedBackend

    assert isinstance(toolset, ComposioToolSet)
    environ = {**os.environ, "COMPOSIO_LOG_CALLS": "on"}
    times: dict[str, list[float]] = {"without": [], "with": []}
    with ComposioToolSet(backend=EmbeddedBackend(home=home, environ=environ)) as logging:
        for _ in range(CALLS // 3 + WARM_UP):
            for name, one in (("without", toolset), ("with", logging)):
                started = time.thread_time()
                one.execute_action(ACTION, ARGUMENTS, entity_id="alice")
                times[name].append(time.thread_time() - started)
    off, on = p50(times["without"]), p50(times["with"])
    return [("CPU of a call with the log of calls", f"{on * 1e6:.0f} us, {on / off:.2f}x of {off * 1e6:.0f} us without", "")]


def _tell(ours: float, bare: float) -> str:
    return f"{ours * 1e6:.0f} us, {ours / bare:.2f}x of httpx's {bare * 1e6:.0f} us"


def _fastmcp(url: str) -> Callable[[], Awaitable[object]]:
    from fastmcp import FastMCP

    client = httpx.AsyncClient(base_url=url, headers=HEADERS)
    server = FastMCP.from_openapi(openapi_spec=DESCRIPTION, client=client)

    async def call() -> object:
        tool = await server.get_tool("get_repo")
        assert tool is not None
        return await tool.run(ARGUMENTS)

    return call


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
