"""``Composio``: integrations and connections without a framework, as v0.7's client of that name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from composio.backend import Backend
from composio.client.connected_accounts import ConnectedAccounts
from composio.client.definitions import Actions, Apps
from composio.client.entity import Entity
from composio.client.former import explain_missing
from composio.client.integrations import Integrations
from composio.client.owner import BackendOwner
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY
from composio.process.forks import cached

__all__ = ["Composio"]


class Composio(BackendOwner):
    """Everything that the developer does for all users; ``toolset.client`` is one.

    ``home`` and ``backend`` are as in :class:`composio.ComposioToolSet`. ``api_key`` is accepted and not needed. Close it with
    ``with``, ``async with`` or :meth:`close`.
    """

    def __init__(
        self,
        api_key: str | None = None,  # noqa: ARG002 - selects a server once there is one; embedded needs no key
        base_url: str | None = None,
        *,
        home: Path | str | None = None,
        backend: Backend | None = None,
        app_auth: Callable[[], Mapping[str, CustomAuth]] = lambda: MappingProxyType({}),
    ) -> None:
        super().__init__(home=home, backend=backend, base_url=base_url)
        self._app_auth = app_auth

    if not TYPE_CHECKING:  # a type checker must go on refusing unknown names

        def __getattr__(self, name: str) -> NoReturn:
            explain_missing(self, "Composio", name, dir(type(self)))

    @cached
    def connected_accounts(self) -> ConnectedAccounts:
        """Connections, whoever's they are."""
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

    def get_entity(self, id: str = DEFAULT_ENTITY) -> Entity:
        """A user of yours, by your own id. Nothing is looked up or stored."""
        return Entity(self.backend, id, app_auth=self._app_auth)
