"""A server whose apps are Acme's: an OAuth provider and an API that answer in memory."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from composio.model.connection import NewConnection
from composio.testing import FakeTransport
from composio_server.app import read_twice_said_base
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.acme import KEY, OAUTH, OPEN, TENANT, Provider, write_app
from tests.peers.listening import listening as listening_server
from tests.peers.served import application

__all__ = [
    "acme",
    "app",
    "at_its_port",
    "compiled_home",
    "connect_keyed",
    "home",
    "listening",
    "provider",
    "public_url",
    "services",
    "settings",
    "url",
]


@pytest.fixture(scope="module")
def acme() -> Provider:
    return Provider()


@pytest.fixture
def provider(acme: Provider) -> Provider:
    """Acme, which has seen nothing yet."""
    acme.seen.clear()
    return acme


@pytest.fixture(scope="session")
def compiled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose apps are compiled, for others to be copies of."""
    where = tmp_path_factory.mktemp("compiled") / "home"
    write_app(where, "acme", {**OAUTH, "name": "acme_oauth"})
    write_app(where, "keyed", KEY)
    write_app(where, "desk", TENANT)
    write_app(where, "open", OPEN)
    backend = EmbeddedBackend(home=where)
    backend.run(lambda: backend.actions(ActionQuery(apps=("acme", "keyed", "desk", "open"))))
    backend.close()
    return where


@pytest.fixture(scope="module")
def home(compiled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(compiled_home, tmp_path_factory.mktemp("server") / "home"))


@pytest.fixture(scope="module")
def public_url() -> str:
    return "https://tools.example"


@pytest.fixture(scope="module")
def settings(home: Path, public_url: str) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
        patch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_ID", "operator")
        patch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_SECRET", "operator-secret")
        patch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")
        yield Settings.of({**os.environ, "COMPOSIO_HOME": str(home), "COMPOSIO_SERVER_URL": public_url})


@pytest.fixture(scope="module")
def services(settings: Settings, acme: Provider) -> Iterator[Services]:
    """One server for a module: each test has a project of its own."""
    transport = FakeTransport(acme)

    class Offline(EmbeddedBackend):
        def __init__(self, **options: Any) -> None:
            super().__init__(**{"transport": transport, **options})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("composio_server.services.backends.EmbeddedBackend", Offline)
        made = Services.open(settings)
        yield made
        made.backends.shared.close()
        made.database.close()


@pytest.fixture(scope="module")
def listening() -> Iterator[socket.socket]:
    """A port of loopback, known before the server is made: it may tell its clients its own address."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        yield made


@pytest.fixture(scope="module")
def at_its_port(listening: socket.socket) -> str:
    """The server's own address. A module that imports it as ``public_url`` has a server that tells its clients this one."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="module")
def app(services: Services) -> Iterator[Litestar]:
    """Every route, over :func:`services`."""
    with application(services) as made:
        yield made


@pytest.fixture(scope="module")
def url(listening: socket.socket, app: Litestar) -> Iterator[str]:
    """Where the server listens, as `composio serve` has it."""
    with listening_server(read_twice_said_base(app), listening) as address:
        yield address


def connect_keyed(backend: Any, user: str, api_key: str = "") -> str:
    """Connect a user to the app with a key, ``key-of-USER`` unless it is given; the connection's id."""
    new = NewConnection(app="keyed", entity_id=user, values={"api_key": api_key or f"key-of-{user}"})
    return str(backend.run(lambda: backend.accounts.initiate(new)).connection.id)
