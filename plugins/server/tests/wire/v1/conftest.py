"""A server whose home has three apps, and what stands behind them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio_server.services.keys import Scope
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.upstreams import APPS, Upstream, write_apps


@pytest.fixture(scope="session")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as made:
        yield made


@pytest.fixture(scope="session")
def _home(_upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the three apps are compiled, to copy."""
    home = tmp_path_factory.mktemp("apps") / "home"
    write_apps(home, _upstream.url)
    backend = EmbeddedBackend(home=home)
    backend.catalog.select(apps=APPS, everything=True)
    backend.close()
    return home


@pytest.fixture
def upstream(_upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    _upstream.seen.clear()
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "127.0.0.1")
    return _upstream


@pytest.fixture
def clients() -> dict[str, str]:
    """The variables that name the operator's OAuth clients."""
    return {"COMPOSIO_OAUTH_SIGNED_CLIENT_ID": "client-1", "COMPOSIO_OAUTH_SIGNED_CLIENT_SECRET": "client-secret-1"}


@pytest.fixture
def settings(tmp_path: Path, _home: Path, upstream: Upstream, clients: dict[str, str]) -> Settings:
    shutil.copytree(_home, tmp_path / "home")
    return Settings.of({"COMPOSIO_HOME": str(tmp_path / "home"), "COMPOSIO_EGRESS_ALLOW": "127.0.0.1", **clients})


@pytest.fixture
def keyed(client: httpx.Client) -> str:
    """The id of a connection of the entity ``ada`` to the app ``keyed``."""
    made = client.post("/api/v1/integrations", json={"appId": "keyed", "useComposioAuth": False}).json()
    begun = client.post(
        "/api/v1/connectedAccounts",
        json={"integrationId": made["id"], "userUuid": "ada", "data": {"api_key": "ada-key"}, "labels": []},
    )
    assert begun.status_code == 200, begun.text
    found: str = begun.json()["connectedAccountId"]
    return found


@pytest.fixture
def reader(url: str, services: Services, project: object) -> Iterator[httpx.Client]:
    """A client whose key may only read."""
    first = services.projects.list_projects()[0]
    key = services.keys.create(first.id, "reader", [Scope.READ])[1].reveal()
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False) as made:
        yield made


@pytest.fixture
def stranger(url: str, services: Services, project: object) -> Iterator[httpx.Client]:
    """A client of another project's admin."""
    key = services.keys.create(services.projects.create("other").id, "admin")[1].reveal()
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False) as made:
        yield made
