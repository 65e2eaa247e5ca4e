"""Apps to connect to, and links to do it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.model.connection import Connection, Integration, NewIntegration
from composio_server.services.links import Link
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.acme import KEY, OAUTH, write_app
from tests.peers.oidc import DEVICE, NATIVE, OidcPeer, oidc, oidc_server
from tests.peers.walker import Walker

__all__ = ["oidc", "oidc_server"]

BASIC: dict[str, Any] = {
    "auth_mode": "BASIC",
    "fields": [{"name": "username"}, {"name": "password"}],
}
CHOICES: dict[str, Any] = {
    "auth_mode": "API_KEY",
    "fields": [
        {"name": "region", "enum": ["eu", "us"]},
        {"name": "private_key", "description": "The whole file."},
        {"name": "port", "type": "integer", "required": False},
        {"name": "csrf", "required": False},
    ],
    "proxy": {"headers": {"X-Api-Key": "{{private_key}}"}},
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    home = tmp_path / "home"
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "127.0.0.1,*.example")
    monkeypatch.delenv("COMPOSIO_REDIRECT_URI", raising=False)
    write_app(home, "keyed", KEY)
    write_app(home, "basic", BASIC)
    write_app(home, "chosen", CHOICES)
    write_app(home, "acme", OAUTH)
    return Settings.of({"COMPOSIO_HOME": str(home)})


@pytest.fixture
def peer(settings: Settings, oidc: OidcPeer) -> OidcPeer:
    """The provider, and the apps ``peer`` and ``device`` whose users log in there."""
    assert settings.home is not None
    write_app(settings.home, "peer", oidc.scheme(NATIVE))
    write_app(settings.home, "device", oidc.scheme(DEVICE, grant_type="device_code"))
    return oidc


@pytest.fixture
def walker(url: str) -> Iterator[Walker]:
    made = Walker(url)
    yield made
    made.client.close()


@pytest.fixture
def stranger(url: str) -> Iterator[Walker]:
    """Somebody else's browser."""
    made = Walker(url)
    yield made
    made.client.close()


@pytest.fixture
def integrate(services: Services, project: Project) -> Callable[..., Integration]:
    """Makes an integration of the project's."""

    def make(app: str, **more: Any) -> Integration:
        accounts = services.backends.of(project.id).accounts
        return services.backends.of(project.id).run(lambda: accounts.create_integration(NewIntegration(app=app, **more)))

    return make


@pytest.fixture
def link_to(services: Services, project: Project, integrate: Callable[..., Integration]) -> Callable[..., tuple[Link, str]]:
    """Makes a link to connect a user to an app; gives it and its page."""

    def make(app: str, *, config: dict[str, Any] | None = None, entity: str = "alice", **more: Any) -> tuple[Link, str]:
        one = integrate(app, config=config or {})
        link, token = services.links.create(project.id, integration_id=one.id, user_id=entity, **more)
        return link, f"/link/{token.reveal()}"

    return make


@pytest.fixture
def connections(services: Services, project: Project) -> Callable[[], list[Connection]]:
    """The project's connections, with their values."""

    def read() -> list[Connection]:
        backend = services.backends.of(project.id)

        async def work() -> list[Connection]:
            found = await backend.accounts.connections()
            return [await backend.accounts.connection(one.id, values=True) for one in found]

        return backend.run(work)

    return read
