"""``Composio``: integrations and connections without a framework, like v0.7's client of that name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from composio.client.arguments import key_of
from composio.client.connected_accounts import ConnectedAccounts
from composio.client.definitions import Actions, Apps
from composio.client.entity import Entity
from composio.client.former import ExplainsFormer
from composio.client.integrations import Integrations
from composio.client.mcp import Mcp
from composio.client.owner import BackendOwner
from composio.client.triggers import ActiveTriggers, Triggers
from composio.former.directory import newest_client
from composio.former.finder import stand_in
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY
from composio.model.secret import hide_text
from composio.process.forks import cached

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["Composio"]


class Composio(ExplainsFormer, BackendOwner):
    """The developer's operations across all users; ``toolset.client`` is one.

    ``home`` and ``backend`` are as in :class:`composio.ComposioToolSet`. ``base_url`` and ``api_key`` select a server, as
    ``COMPOSIO_BASE_URL`` and ``COMPOSIO_API_KEY`` do. Close it with ``with``, ``async with`` or :meth:`close`.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        runtime: str | None = None,  # noqa: ARG002 - v0.7 told its server
        *,
        home: Path | str | None = None,
        backend: Backend | None = None,
        app_auth: Callable[[], Mapping[str, CustomAuth]] = lambda: MappingProxyType({}),
    ) -> None:
        hidden = None if api_key is None else hide_text(api_key)
        del api_key
        super().__init__(home=home, backend=backend, api_key=hidden, base_url=base_url)
        self._app_auth = app_auth

    @staticmethod
    def get_latest() -> Composio:
        """Return the client of the backend that the program opened last, or a new one."""
        found: Composio = newest_client()
        return found

    @property
    def api_key(self) -> str | None:
        """The given key, or the value of ``COMPOSIO_API_KEY``. Only a server needs one."""
        return key_of(self._api_key)

    @property
    def http(self) -> Any:
        """From v0.7; there is no HTTP client here. Reading an attribute raises ``NotAvailable`` with the replacement."""
        return stand_in("composio.client.http", "HttpClient")

    long_timeout_http = http

    @cached
    def connected_accounts(self) -> ConnectedAccounts:
        """Connections of all entities."""
        return ConnectedAccounts(self.backend)

    @cached
    def integrations(self) -> Integrations:
        """Integrations."""
        return Integrations(self.backend)

    @cached
    def apps(self) -> Apps:
        """Apps."""
        return Apps(self.backend)

    @cached
    def actions(self) -> Actions:
        """Actions."""
        return Actions(self.backend)

    @cached
    def triggers(self) -> Triggers:
        """Triggers and their instances."""
        return Triggers(self.backend)

    @cached
    def active_triggers(self) -> ActiveTriggers:
        """Enabled trigger instances."""
        return ActiveTriggers(self.backend)

    @cached
    def mcp(self) -> Mcp:
        """MCP servers of a Composio server."""
        return Mcp(self.backend)

    def get_entity(self, id: str = DEFAULT_ENTITY) -> Entity:
        """Return one of your users by your own id. Looks up and stores nothing."""
        return Entity(self, id, app_auth=self._app_auth)
