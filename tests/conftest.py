"""The real servers that tests talk to, known to all of them."""

from __future__ import annotations

from tests.peers.jupyterhub import jupyterhub_server
from tests.peers.oidc import oidc, oidc_server

__all__ = ["jupyterhub_server", "oidc", "oidc_server"]
