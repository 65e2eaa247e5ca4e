"""Apps of a home's own, and a backend whose network is Acme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport
from tests.peers.acme import KEY, OAUTH, OPEN, TENANT, Provider, write_app


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
    write_app(where, "both", KEY, OAUTH)
    return where


@pytest.fixture
def opened(home: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., EmbeddedBackend]]:
    """Makes backends on one home; what is given goes to each."""
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_ID", "operator")
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_SECRET", "operator-secret")
    monkeypatch.setenv("COMPOSIO_REDIRECT_URI", "https://app.example/callback")
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")
    made: list[EmbeddedBackend] = []

    def make(**options: Any) -> EmbeddedBackend:
        made.append(EmbeddedBackend(**{"home": home, "transport": FakeTransport(provider), **options}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def backend(opened: Callable[..., EmbeddedBackend]) -> EmbeddedBackend:
    return opened()
