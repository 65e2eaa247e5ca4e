"""v0.7's published clients, each in an environment of its own, and a server with three apps for them.

COMPOSIO_STOCK names the folder of those environments, which are made once; without it these tests are skipped, since they install
from the package registries. ``nox -s server`` sets it. What each operation came to is printed at the end.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from composio_server.app import create_app, read_twice_said_base
from composio_server.services.services import Services
from composio_server.settings import PORT, Settings
from tests.peers.listening import listening as listening_server
from tests.peers.stock import install_npm, install_python, node, stock
from tests.peers.upstreams import APPS, Upstream, World, write_apps

__all__ = ["node", "stock"]

PYTHON = ("composio-core==0.7.20", "composio-openai==0.7.20", "composio-langchain==0.7.20")
NODE = ("composio-core@0.5.39",)
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
def former_python(stock: Path) -> Path:
    """The interpreter of an environment that has composio-core 0.7.20."""
    return install_python(stock / "composio-core-0.7.20", PYTHON)


@pytest.fixture(scope="session")
def former_node(stock: Path, node: str) -> Path:
    """A folder with composio-core 0.5.39 in its ``node_modules``."""
    return install_npm(node, stock / "composio-core-npm-0.5.39", NODE)


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
        with listening_server(app, listening):
            yield World(url=url, key=key, upstream=upstream, usual_port=port == PORT)
        services.backends.shared.close()
        services.database.close()
