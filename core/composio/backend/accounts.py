"""The interface for integrations and connections."""

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
        """List integrations, newest first."""
        ...

    async def integration(self, integration_id: str) -> Integration: ...

    async def update_integration(self, integration_id: str, change: IntegrationChange) -> Integration:
        """Enable or disable an integration. Calls with connections of a disabled one are refused."""
        ...

    async def remove_integration(self, integration_id: str) -> None:
        """Remove an integration. Its connections stay listed but can't be used any more."""
        ...

    async def initiate(self, request: NewConnection) -> ConnectionStarted: ...

    async def complete(self, callback_url: str, *, entity_id: str | None = None) -> Connection:
        """Finish a connection with the URL that the provider redirected the user to. ``entity_id`` is the caller's user."""
        ...

    async def submit(
        self, connection_id: str, values: Mapping[str, Any], *, entity_id: str | None = None, redirect_url: str | None = None
    ) -> ConnectionStarted:
        """Submit the values that the user typed, for a connection that waits for them."""
        ...

    async def advance(self, connection_id: str) -> Connection:
        """Return the current connection. Asks the provider first if the flow ends that way (device codes)."""
        ...

    async def connections(self, **which: Unpack[ConnectionFilter]) -> list[Connection]:
        """List connections, newest first."""
        ...

    async def connection(self, connection_id: str, *, entity_id: str | None = None, values: bool = False) -> Connection:
        """Return one connection; with ``entity_id`` only if it is that entity's. ``values`` decrypts what is stored."""
        ...

    async def update_connection(
        self, connection_id: str, *, enabled: bool | None = None, labels: Sequence[str] | None = None
    ) -> Connection: ...

    async def refresh_connection(self, connection_id: str) -> Connection:
        """Refresh the tokens now, even if they are still valid."""
        ...

    async def reinitiate(
        self,
        connection_id: str,
        *,
        values: Mapping[str, Any] | None = None,
        redirect_url: str | None = None,
        scopes: Sequence[str] = (),
    ) -> ConnectionStarted:
        """Reconnect under the same id. ``scopes`` are requested in addition to those that the connection has."""
        ...

    async def delete_connection(self, connection_id: str) -> None:
        """Delete a connection, and revoke it at the provider if the provider supports that."""
        ...

    async def check_connection(self, connection_id: str) -> Connection:
        """Ask the app who its user is (``get_current_user_endpoint``). Raises the same errors as a call."""
        ...

    async def expected_fields(
        self, app: str, auth_mode: str | None = None, *, integration_id: str | None = None, customer: bool
    ) -> tuple[AuthScheme, list[AuthField]]:
        """Return the scheme that would be used, and the missing fields: the customer's, or the developer's."""
        ...
