"""A toolset whose network is Acme: an OAuth app, one with a key, one with fields of the developer's, an open one.

In this process, and on a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport
from tests.peers.acme import KEY, OAUTH, OPEN, TENANT, Provider, write_app
from tests.peers.mail import write_mail
from tests.peers.triggering import write_triggers


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def toolset(
    over: Callable[[Any], Any], tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ComposioToolSet[Any]]:
    home = tmp_path / "home"
    write_app(home, "acme", OAUTH)
    write_app(home, "keyed", KEY)
    write_triggers(home / "apps" / "keyed")
    write_app(home, "desk", TENANT)
    write_app(home, "open", OPEN)
    write_app(home, "both", KEY, OAUTH)
    write_mail(home)
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "33" * 32)
    for app in ("ACME", "BOTH", "MAIL"):
        monkeypatch.setenv(f"COMPOSIO_OAUTH_{app}_CLIENT_ID", "operator")
        monkeypatch.setenv(f"COMPOSIO_OAUTH_{app}_CLIENT_SECRET", "operator-secret")
    monkeypatch.setenv("COMPOSIO_REDIRECT_URI", "https://app.example/callback")
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")
    backend = EmbeddedBackend(home=home, transport=FakeTransport(provider))
    yield ComposioToolSet(backend=over(backend))
    backend.close()
