"""Records of the store's, of which a test names only what it is about."""

from __future__ import annotations

from typing import Any

from composio.model.connection import Connection, ConnectionStatus, Integration
from composio.store.records import Authorization, Sealed

__all__ = ["Records"]

_SCHEME = {"auth_mode": "OAUTH2", "scheme": "oauth2"}
_WHOSE = {"entity_id": "ada", "integration_id": "in-1"}


class Records:
    """Ada's connection to GitHub, the integration that it is of, and Ada on the way to it."""

    @staticmethod
    def sealed(mark: str = "") -> Sealed:
        return Sealed("key-1", f"wrapped {mark}".encode(), f"box {mark}".encode())

    @staticmethod
    def integration(id: str = "in-1", **more: Any) -> Integration:
        values: dict[str, Any] = {"app": "github", "name": "mine", **_SCHEME, "created_at": 1.0}
        return Integration(id=id, **values | more)

    @staticmethod
    def connection(id: str = "ca-1", **more: Any) -> Connection:
        values: dict[str, Any] = {**_WHOSE, "app": "github", **_SCHEME, "status": ConnectionStatus.ACTIVE, "version": 1}
        return Connection(id=id, **values | more)

    @staticmethod
    def authorization(state_hash: str = "hash-1", **more: Any) -> Authorization:
        times = {"created_at": 100.0, "expires_at": 700.0}
        values: dict[str, Any] = {**_WHOSE, "connection_id": "ca-1", "redirect_uri": "http://127.0.0.1/", **times}
        return Authorization(state_hash=state_hash, **values | more)
