"""A server's integrations and connections. See :class:`composio.backend.AccountService`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

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
from composio.model.secret import SecretValues, hide_text
from composio.remote.codec import encode
from composio.remote.requests import (
    CompleteConnection,
    ExpectedFields,
    GetConnection,
    ListIntegrations,
    OfConnection,
    OfIntegration,
    ReinitiateConnection,
    SubmitValues,
    UpdateConnection,
    UpdateIntegration,
)
from composio.remote.wire import ServerWire

__all__ = ["RemoteAccounts"]

# Providers are requested meanwhile, which may take time.
_PATIENT = 120.0


class RemoteAccounts:
    """Requests everything from the server; nothing is stored here."""

    def __init__(self, wire: ServerWire) -> None:
        self._wire = wire

    async def _ask(self, what: str, body: Any, *, repeat: bool = False) -> Any:
        return await self._wire.ask("POST", f"/accounts/{what}", encode(body), repeat=repeat, seconds=_PATIENT)

    async def _connection(self, what: str, body: Any, *, repeat: bool = False) -> Connection:
        return self._wire.read(Connection, await self._ask(f"connections/{what}", body, repeat=repeat))

    async def _start(self, what: str, body: Any) -> ConnectionStarted:
        return self._wire.read(ConnectionStarted, await self._ask(f"connections/{what}", body))

    async def create_integration(self, request: NewIntegration) -> Integration:
        return self._wire.read(Integration, await self._ask("integrations/create", request))

    async def integrations(
        self, *, app: str | None = None, auth_mode: str | None = None, disabled: bool = False, limit: int | None = None
    ) -> list[Integration]:
        which = ListIntegrations(app=app, auth_mode=auth_mode, disabled=disabled, limit=limit)
        answer = await self._ask("integrations/list", which, repeat=True)
        return self._wire.read_all(Integration, answer, "integrations")

    async def integration(self, integration_id: str) -> Integration:
        return self._wire.read(
            Integration, await self._ask("integrations/get", OfIntegration(integration_id=integration_id), repeat=True)
        )

    async def update_integration(self, integration_id: str, change: IntegrationChange) -> Integration:
        body = UpdateIntegration(integration_id=integration_id, change=change)
        return self._wire.read(Integration, await self._ask("integrations/update", body, repeat=True))

    async def remove_integration(self, integration_id: str) -> None:
        await self._ask("integrations/remove", OfIntegration(integration_id=integration_id))

    async def initiate(self, request: NewConnection) -> ConnectionStarted:
        return await self._start("initiate", request)

    async def complete(self, callback_url: str, *, entity_id: str | None = None) -> Connection:
        hidden = hide_text(callback_url)
        del callback_url
        return await self._connection("complete", CompleteConnection(callback_url=hidden, entity_id=entity_id))

    async def submit(
        self, connection_id: str, values: Mapping[str, Any], *, entity_id: str | None = None, redirect_url: str | None = None
    ) -> ConnectionStarted:
        hidden = SecretValues.of(values)
        del values
        body = SubmitValues(connection_id=connection_id, values=hidden, entity_id=entity_id, redirect_url=redirect_url)
        return await self._start("submit", body)

    async def advance(self, connection_id: str) -> Connection:
        return await self._connection("advance", OfConnection(connection_id=connection_id), repeat=True)

    async def connections(self, **which: Unpack[ConnectionFilter]) -> list[Connection]:
        body = {name: list(value) if isinstance(value, list | tuple) else value for name, value in which.items()}
        answer = await self._wire.ask("POST", "/accounts/connections/list", body, repeat=True)
        return self._wire.read_all(Connection, answer, "connections")

    async def connection(self, connection_id: str, *, entity_id: str | None = None, values: bool = False) -> Connection:
        body = GetConnection(connection_id=connection_id, entity_id=entity_id, values=values)
        return await self._connection("get", body, repeat=True)

    async def update_connection(
        self, connection_id: str, *, enabled: bool | None = None, labels: Sequence[str] | None = None
    ) -> Connection:
        listed = None if labels is None else tuple(labels)
        body = UpdateConnection(connection_id=connection_id, enabled=enabled, labels=listed)
        return await self._connection("update", body, repeat=True)

    async def refresh_connection(self, connection_id: str) -> Connection:
        return await self._connection("refresh", OfConnection(connection_id=connection_id))

    async def reinitiate(
        self,
        connection_id: str,
        *,
        values: Mapping[str, Any] | None = None,
        redirect_url: str | None = None,
        scopes: Sequence[str] = (),
    ) -> ConnectionStarted:
        hidden = None if values is None else SecretValues.of(values)
        del values
        body = ReinitiateConnection(connection_id=connection_id, values=hidden, redirect_url=redirect_url, scopes=tuple(scopes))
        return await self._start("reinitiate", body)

    async def delete_connection(self, connection_id: str) -> None:
        await self._ask("connections/delete", OfConnection(connection_id=connection_id))

    async def check_connection(self, connection_id: str) -> Connection:
        return await self._connection("check", OfConnection(connection_id=connection_id))

    async def expected_fields(
        self, app: str, auth_mode: str | None = None, *, integration_id: str | None = None, customer: bool
    ) -> tuple[AuthScheme, list[AuthField]]:
        body = ExpectedFields(app=app, auth_mode=auth_mode, integration_id=integration_id, customer=customer)
        answer = await self._ask("expected_fields", body, repeat=True)
        scheme = answer.get("scheme") if isinstance(answer, dict) else None
        return self._wire.read(AuthScheme, scheme), self._wire.read_all(AuthField, answer, "fields")
