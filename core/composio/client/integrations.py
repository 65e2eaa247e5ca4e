"""``client.integrations``: how users of an app connect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from composio.client.arguments import ActionLike, AppLike, Many, count
from composio.client.noun import Noun
from composio.client.owner import blocking
from composio.client.spellings import integration_id as read_id
from composio.client.spellings import mode_of, new_integration, one_of, optional_app
from composio.errors import IntegrationNotFound, InvalidRequest, nearest
from composio.model.connection import Integration
from composio.model.secret import veil

__all__ = ["Integrations"]


class Integrations(Noun):
    """Create, find and remove integrations. Unknown ids raise ``IntegrationNotFound``."""

    async def acreate(
        self,
        app_id: AppLike | None = None,
        name: str | None = None,
        auth_mode: str | None = None,
        auth_config: Mapping[str, Any] | None = None,
        use_composio_auth: bool | None = None,
        force_new_integration: bool = False,
        *,
        app: AppLike | None = None,
        app_name: AppLike | None = None,
        auth_scheme: str | None = None,
        use_composio_oauth_app: bool | None = None,
        scopes: Many[str] | None = None,
        limited_actions: Many[ActionLike] | None = None,
    ) -> Integration:
        """Create an integration, or return an equal existing one; see :meth:`composio.ComposioToolSet.create_integration`."""
        auth_config = veil(auth_config)
        found = optional_app(app_id=app_id, app=app, app_name=app_name)
        if found is None:
            raise InvalidRequest("Say which app the integration is for: app=App.GITHUB.")
        request = new_integration(
            found,
            auth_mode=mode_of(auth_mode=auth_mode, auth_scheme=auth_scheme),
            auth_config=auth_config,
            use_composio_oauth_app=one_of(use_composio_auth=use_composio_auth, use_composio_oauth_app=use_composio_oauth_app),
            force_new=force_new_integration,
            name=name,
            scopes=scopes,
            limited_actions=limited_actions,
        )
        return await self.backend.accounts.create_integration(request)

    @overload
    async def aget(self, id: str) -> Integration: ...
    @overload
    async def aget(
        self,
        id: None = None,
        *,
        app_id: AppLike | None = None,
        app_name: AppLike | None = None,
        app: AppLike | None = None,
        auth_scheme: str | None = None,
        show_disabled: bool = False,
        limit: int | None = None,
    ) -> list[Integration]: ...
    async def aget(
        self,
        id: str | None = None,
        *,
        app_id: AppLike | None = None,
        app_name: AppLike | None = None,
        app: AppLike | None = None,
        auth_scheme: str | None = None,
        show_disabled: bool = False,
        limit: int | None = None,
    ) -> Integration | list[Integration]:
        """Return the integration with that id, or a list, newest first."""
        if id is not None:
            return await self.aget_by_id(id)
        return await self.backend.accounts.integrations(
            app=optional_app(app_id=app_id, app_name=app_name, app=app),
            auth_mode=mode_of(auth_scheme=auth_scheme),
            disabled=show_disabled,
            limit=count(limit),
        )

    async def aget_by_id(self, integration_id: str) -> Integration:
        """Return the integration with that id."""
        return await self.backend.accounts.integration(read_id(integration_id))

    async def aget_id(self, name: str) -> str:
        """Return the id of the newest integration with that name. Raises ``IntegrationNotFound`` with the nearest names."""
        known = await self.backend.accounts.integrations(disabled=True)
        for one in known:
            if one.name.casefold() == name.casefold():
                return one.id
        raise IntegrationNotFound(name, nearest(name, [one.name for one in known]))

    async def aremove(self, id: str) -> None:
        """Remove an integration. Its connections stay listed but can no longer be used."""
        await self.backend.accounts.remove_integration(read_id(id))

    get = blocking(aget)
    create = blocking(acreate)
    get_by_id = blocking(aget_by_id)
    get_id = blocking(aget_id)
    remove = blocking(aremove)
    adelete, delete = aremove, remove
