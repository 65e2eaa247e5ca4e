"""Backends whose network is Acme."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.acme_home import backend, home, opened, provider

__all__ = ["backend", "home", "opened", "provider"]


@pytest.fixture
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a home without apps, where users come back to a page of the developer's."""
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    monkeypatch.setenv("COMPOSIO_REDIRECT_URI", "https://app.example/callback")
    monkeypatch.delenv("COMPOSIO_EGRESS_ALLOW", raising=False)
    for app in ("books", "hosted", "oauth"):
        monkeypatch.delenv(f"COMPOSIO_{app.upper()}_BASE_URL", raising=False)
    return tmp_path / "home"
