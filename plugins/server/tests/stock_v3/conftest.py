"""The published clients of v3, each in an environment of its own, and a server for them.

COMPOSIO_STOCK names the folder of those environments, which are made once; without it these tests are skipped, since they install
from the package registries. ``nox -s server`` sets it.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.peers.acme_server import acme, app, compiled_home, home, listening, provider, services, settings, url
from tests.peers.stock import install_npm, install_python, node, stock

__all__ = ["acme", "app", "compiled_home", "home", "listening", "node", "provider", "services", "settings", "stock", "url"]

PYTHON = ("composio==0.30.0", "composio-client==2.0.0rc19", "openai>=2.48,<4")
FORMER = ("composio-client==1.43.0",)
# The newest whose requirements are all published: 0.21.0 wants a client that is not.
NODE = ("@composio/core@0.19.0", "@composio/client@0.1.0-alpha.76")


@pytest.fixture(scope="session")
def stock_python(stock: Path) -> Path:
    return install_python(stock / "composio-0.30.0", PYTHON)


@pytest.fixture(scope="session")
def former_python(stock: Path) -> Path:
    return install_python(stock / "composio-client-1.43.0", FORMER)


@pytest.fixture(scope="session")
def stock_node(stock: Path, node: str) -> Path:
    """A folder with ``@composio/core`` in its ``node_modules``."""
    return install_npm(node, stock / "composio-core-npm-0.19.0", NODE)


@pytest.fixture(scope="module")
def public_url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"
