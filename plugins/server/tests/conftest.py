"""A server over a home of its own: its services, its application, and itself on a port of loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from litestar import Litestar

from composio_server.app import read_twice_said_base
from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.acme_api import Acme
from tests.peers.listening import listening
from tests.peers.postgresql import add_database
from tests.peers.served import application


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """To hash or check one takes 50 ms of CPU and 64 MB, on purpose; what it says is the same with less."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("composio_server.services.people._hasher", lambda: cheap)
        yield


@pytest.fixture
def database_url(postgresql: str) -> str:
    """An empty database of a PostgreSQL server."""
    return add_database(postgresql)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.of({"COMPOSIO_HOME": str(tmp_path / "home")})


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    made = Services.open(settings)
    yield made
    made.backends.shared.close()
    made.database.close()


@pytest.fixture
def project(services: Services) -> Project:
    return services.projects.create("first")


@pytest.fixture
def key(services: Services, project: Project) -> str:
    """The key of an admin."""
    return services.keys.create(project.id, "admin", [Scope.ADMIN])[1].reveal()


@pytest.fixture
def app(services: Services) -> Iterator[Litestar]:
    """Every route, over :func:`services`."""
    with application(services) as made:
        yield made


@pytest.fixture
def url(app: Litestar) -> Iterator[str]:
    """Where the server listens: uvicorn on loopback, as `composio serve` has it."""
    with listening(read_twice_said_base(app)) as address:
        yield address


@pytest.fixture
def client(url: str, key: str) -> Iterator[httpx.Client]:
    """An HTTP client with the admin's key, and patience for a machine that has other things to do."""
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False, timeout=60) as made:
        yield made


@pytest.fixture
def acme(services: Services) -> Iterator[Acme]:
    """An app whose API is on loopback."""
    made = Acme(services.backends.home)
    yield made
    made.close()


@pytest.fixture
def other(services: Services, url: str) -> Iterator[httpx.Client]:
    """An admin of another project."""
    there = services.projects.create("other")
    key = services.keys.create(there.id, "admin", [Scope.ADMIN])[1].reveal()
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False) as made:
        yield made
