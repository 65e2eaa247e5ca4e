"""The real servers that tests talk to, known to all of them."""

from __future__ import annotations

from tests.peers.oidc import oidc, oidc_server

__all__ = ["oidc", "oidc_server"]
