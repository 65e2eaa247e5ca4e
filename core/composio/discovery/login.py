"""How an agent's user connects to apps, and which of the user's accounts calls use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from composio.errors import InvalidRequest
from composio.model.call import Who

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.backend.accounts import AccountService

__all__ = ["Login"]


@dataclass(frozen=True, slots=True)
class Login:
    """``integrations`` are ids by app key. ``redirect_url`` is where users are sent once they are connected.

    With ``is_exclusive`` no other account of these apps is used: a user who has one of another integration is not connected.
    """

    integrations: Mapping[str, str] = field(default_factory=dict)
    redirect_url: str | None = None
    is_exclusive: bool = False

    @classmethod
    async def read(cls, backend: Backend, auth_configs: Mapping[str, str], redirect_url: str | None) -> Login:
        """Check the developer's options. Raises ``NotFoundError``, and ``InvalidRequest`` for an integration of another app."""
        integrations: dict[str, str] = {}
        for name, integration_id in auth_configs.items():
            key = (await backend.app(name)).key
            app = (await backend.accounts.integration(integration_id)).app
            if app != key:
                raise InvalidRequest(f"auth_configs[{name!r}]: {integration_id} is an integration of {app}.")
            integrations[key] = integration_id
        return cls(integrations, redirect_url)

    def excludes(self, app: str, who: Who) -> bool:
        """Whether no account of ``who``, as :meth:`choose_accounts` gives it, is one of the app's integration, and no other will do."""
        return self.is_exclusive and app in self.integrations and app not in who.app_connections

    async def choose_accounts(self, accounts: AccountService, who: Who) -> Who:
        """Return ``who`` with the newest usable account of each integration for apps without a named account."""
        chosen = dict(who.app_connections)
        for app, integration_id in self.integrations.items():
            if app in chosen:
                continue
            found = await accounts.connections(
                app=app, entity_ids=(who.entity_id,), integration_id=integration_id, active=True, limit=1
            )
            if found:
                chosen[app] = found[0].id
        return who if len(chosen) == len(who.app_connections) else replace(who, app_connections=chosen)
