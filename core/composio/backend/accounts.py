"""Integrations and connections, as surfaces ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Unpack

from composio.model.app import AuthField, AuthScheme
from composio.model.connection import (
    Connection,
    ConnectionFilter,
    ConnectionStarted,
    Integration,
    IntegrationChange,
    NewConnection,
    NewIntegration,
)

__all__ = ["AccountService"]


class AccountService(Protocol):
    """Integrations and connections. Unknown ids raise ``IntegrationNotFound`` and ``ConnectedAccountNotFound``."""

    async def create_integration(self, request: NewIntegration) -> Integration: ...

    async def integrations(
        self, *, app: str | None = None, auth_mode: str | None = None, disabled: bool = False, limit: int | None = None
    ) -> list[Integration]:
        """Newest first."""
        ...

    async def integration(self, integration_id: str) -> Integration: ...

    async def update_integration(self, integration_id: str, change: IntegrationChange) -> Integration:
        """Change it for its connections too. Calls with those of a disabled one are refused until it is enabled again."""
        ...

    async def remove_integration(self, integration_id: str) -> None:
        """Its connections stay, and say that they can't be used any more."""
        ...

    async def initiate(self, request: NewConnection) -> ConnectionStarted: ...

    async def complete(self, callback_url: str, *, entity_id: str | None = None) -> Connection:
        """Finish a connection with the URL that the provider sent the user to. ``entity_id`` is who the caller knows it is."""
        ...

    async def submit(
        self, connection_id: str, values: Mapping[str, Any], *, entity_id: str | None = None, redirect_url: str | None = None
    ) -> ConnectionStarted:
        """Values that the user typed, for a connection that waits for them."""
        ...

    async def advance(self, connection_id: str) -> Connection:
        """The connection as it is now; asks the provider first where that is how its flow ends (device codes)."""
        ...

    async def connections(self, **which: Unpack[ConnectionFilter]) -> list[Connection]:
        """Newest first."""
        ...

    async def connection(self, connection_id: str, *, entity_id: str | None = None, values: bool = False) -> Connection:
        """One connection; with ``entity_id`` only if it is that entity's. ``values`` opens what is stored."""
        ...

    async def update_connection(
        self, connection_id: str, *, enabled: bool | None = None, labels: Sequence[str] | None = None
    ) -> Connection: ...

    async def refresh_connection(self, connection_id: str) -> Connection:
        """Renew its tokens now, whenever they end."""
        ...

    async def reinitiate(
        self, connection_id: str, *, values: Mapping[str, Any] | None = None, redirect_url: str | None = None
    ) -> ConnectionStarted:
        """Connect again under the same id."""
        ...

    async def delete_connection(self, connection_id: str) -> None:
        """Revoke it at the provider, where that can be done, and forget it."""
        ...

    async def check_connection(self, connection_id: str) -> Connection:
        """Ask the app who its user is (``get_current_user_endpoint``). Raises what a call with it would raise."""
        ...

    async def expected_fields(
        self, app: str, auth_mode: str | None = None, *, integration_id: str | None = None, customer: bool
    ) -> tuple[AuthScheme, list[AuthField]]:
        """The scheme that would be used, and what is left to fill: by the customer, or by the developer."""
        ...
