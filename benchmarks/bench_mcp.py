"""MCP over HTTP on loopback: a call beside FastMCP's proxy of the same API in the same run, GitHub's list, and idle sessions.

The two servers take turns call by call, each in a process of its own, so that a machine that slows down slows both.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench_call import DESCRIPTION, SERVER, run_upstream
from tests.peers.described import add_app

CALLS, WARM_UP, LISTS = 600, 60, 30
SESSIONS = 5000
ARGUMENTS = {"owner": "octocat", "repo": "hello", "page": 1}
VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
CHILD = Path(__file__).with_name("child_mcp.py")


def rows() -> list[tuple[str, str, str]]:
    if importlib.util.find_spec("mcp") is None:
        return [("MCP", "mcp is not installed", "")]
    with tempfile.TemporaryDirectory() as folder:
        return [*_calls(Path(folder)), *_lists(), *_sessions(Path(folder))]


@contextmanager
def _serving(*arguments: str) -> Iterator[tuple[httpx.Client, int]]:
    server = subprocess.Popen([sys.executable, str(CHILD), *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            yield client, server.pid
    finally:
        server.terminate()
        server.wait()


def _home(folder: Path, upstream: str) -> Path:
    """A home with the API as an app, and the default user connected to it."""
    from composio import ComposioToolSet
    from composio.embedded import EmbeddedBackend

    home = folder / "home"
    backend = EmbeddedBackend(home=home)
    add_app(backend, folder, "bench", DESCRIPTION, base_url=upstream)
    with ComposioToolSet(backend=backend) as toolset:
        toolset.initiate_connection(app="bench", connected_account_params={"token": "benchmark-token"})
    backend.close()
    return home


def _ask(client: httpx.Client, method: str, **params: Any) -> dict[str, Any]:
    """One request of the stateless protocol, and its result."""
    name = {"mcp-name": params["name"]} if "name" in params else {}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
    headers = {**ACCEPT, **name, "mcp-protocol-version": VERSION, "mcp-method": method}
    answer = client.post("/mcp", content=json.dumps(body), headers=headers)
    result: dict[str, Any] = answer.json()["result"]
    return result


def _calls(folder: Path) -> list[tuple[str, str, str]]:
    with ExitStack() as stack:
        upstream = stack.enter_context(run_upstream(SERVER))
        one, pid = stack.enter_context(_serving("ours", str(_home(folder, upstream)), "bench", ""))
        other, other_pid = None, 0
        if importlib.util.find_spec("fastmcp") is not None:
            file = folder / "description.json"
            file.write_text(json.dumps({**DESCRIPTION, "servers": [{"url": upstream}]}), "utf-8")
            other, other_pid = stack.enter_context(_serving("fastmcp", str(file), upstream))
        clients = [client for client in (one, other) if client is not None]
        names = [_ask(client, "tools/list")["tools"][0]["name"] for client in clients]
        times: list[list[float]] = [[] for _ in clients]
        pids = [pid for pid in (pid, other_pid) if pid]
        before = [_cpu(one) for one in pids]
        for _ in range(CALLS + WARM_UP):
            for client, name, taken in zip(clients, names, times, strict=True):
                started = time.perf_counter()
                done = _ask(client, "tools/call", name=name, arguments=ARGUMENTS)
                taken.append(time.perf_counter() - started)
                assert not done.get("isError"), done
        used = [(_cpu(one) - start) / (CALLS + WARM_UP) for one, start in zip(pids, before, strict=True)]
    found = [statistics.median(taken[WARM_UP:]) for taken in times]
    said = f"{found[0] * 1e3:.2f} ms, {used[0] * 1e3:.2f} ms of CPU"
    if len(found) > 1:
        said += f"; {found[0] / found[1]:.2f}x of FastMCP's {found[1] * 1e3:.2f} ms, {used[1] * 1e3:.2f} ms of CPU"
    return [("MCP tools/call over HTTP, p50", said, "<= 0.9x of FastMCP's proxy")]


def _lists() -> list[tuple[str, str, str]]:
    """Of GitHub, whose actions are compiled already or now."""
    found = []
    for how, budget in (("", "<= 5 ms warm"), ("all", "<= 120 ms warm")):
        with _serving("ours", "", "github", how) as (client, pid):
            taken, used = [], []
            for _ in range(LISTS):
                started, before = time.perf_counter(), _cpu(pid)
                count, cursor = 0, None
                while True:
                    page = _ask(client, "tools/list", **({"cursor": cursor} if cursor else {}))
                    count, cursor = count + len(page["tools"]), page.get("nextCursor")
                    if cursor is None:
                        break
                taken.append(time.perf_counter() - started)
                used.append(_cpu(pid) - before)
        wall, cpu = statistics.median(taken[3:]), statistics.mean(used[3:])
        what = f"MCP tools/list of GitHub, {count} tools, p50"
        found.append((what, f"{wall * 1e3:.1f} ms, {cpu * 1e3:.1f} ms of the server's CPU", budget))
    return found


def _sessions(folder: Path) -> list[tuple[str, str, str]]:
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    with _serving("ours", str(folder / "home"), "bench", "") as (client, pid):

        def open_one() -> None:
            answer = client.post("/mcp", json=body, headers=ACCEPT)
            session = {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
            assert client.post("/mcp", json=ready, headers={**ACCEPT, **session}).status_code == 202

        for _ in range(100):
            open_one()
        before = _resident(pid)
        for _ in range(SESSIONS):
            open_one()
        each = (_resident(pid) - before) / SESSIONS
    return [(f"MCP {SESSIONS:,} idle sessions, each", f"{each:.1f} KiB", "<= 20 KiB")]


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
