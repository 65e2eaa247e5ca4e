"""A server at the address that it calls its own: what it links to is there, and providers send people back."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar

from composio_server.app import read_twice_said_base
from composio_server.settings import Settings
from tests.peers.listening import listening

__all__ = ["door", "settings", "url"]


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """Where the server listens."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, door: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "127.0.0.1")
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    return Settings.of({**os.environ, "COMPOSIO_HOME": str(tmp_path / "home"), "COMPOSIO_SERVER_URL": url})


@pytest.fixture
def url(app: Litestar, door: socket.socket) -> Iterator[str]:
    """The server's address."""
    with listening(read_twice_said_base(app), on=door) as address:
        yield address
