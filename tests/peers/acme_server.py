"""A server whose apps are Acme's: an OAuth provider and an API that answer in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.acme import KEY, OAUTH, OPEN, TENANT, Provider, write_app

__all__ = ["home", "provider", "public_url", "services", "settings"]


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    where = tmp_path / "home"
    write_app(where, "acme", {**OAUTH, "name": "acme_oauth"})
    write_app(where, "keyed", KEY)
    write_app(where, "desk", TENANT)
    write_app(where, "open", OPEN)
    return where


@pytest.fixture
def public_url() -> str:
    return "https://tools.example"


@pytest.fixture
def settings(home: Path, public_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_ID", "operator")
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_SECRET", "operator-secret")
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")
    return Settings.of({"COMPOSIO_HOME": str(home), "COMPOSIO_SERVER_URL": public_url})


@pytest.fixture
def services(settings: Settings, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    transport = FakeTransport(provider)

    class Offline(EmbeddedBackend):
        def __init__(self, **options: Any) -> None:
            super().__init__(**{"transport": transport, **options})

    monkeypatch.setattr("composio_server.services.backends.EmbeddedBackend", Offline)
    made = Services.open(settings)
    yield made
    made.backends.shared.close()
    made.database.close()
