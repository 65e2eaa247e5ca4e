"""Backends whose network is Acme."""

from __future__ import annotations

from tests.peers.acme_home import backend, home, opened, provider

__all__ = ["backend", "home", "opened", "provider"]
