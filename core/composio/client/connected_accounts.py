"""``client.connected_accounts``: connections of all entities, for the developer. A user's calls go through a toolset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from composio.client.arguments import ActionLike, AppLike, Many, count, read_list
from composio.client.arguments import entity as read_entity
from composio.client.noun import Noun
from composio.client.owner import blocking
from composio.client.request import ConnectionRequest
from composio.client.scopes import find_scopes
from composio.client.spellings import connection_id as read_id
from composio.client.spellings import labels_of, mode_of, new_connection, one_of, optional_app, url_of, values_of
from composio.errors import InvalidRequest
from composio.model.call import DEFAULT_ENTITY
from composio.model.connection import Connection, Integration
from composio.model.secret import veil

__all__ = ["ConnectedAccounts"]


class ConnectedAccounts(Noun):
    """Find, start, refresh and delete connections. Unknown ids raise ``ConnectedAccountNotFound``."""

    @overload
    async def aget(self, connection_id: str) -> Connection: ...
    @overload
    async def aget(
        self,
        connection_id: None = None,
        entity_ids: Many[str] | None = None,
        active: bool = False,
        *,
        app: AppLike | None = None,
        integration_id: str | None = None,
        labels: Many[str] | None = None,
        limit: int | None = None,
    ) -> list[Connection]: ...
    async def aget(
        self,
        connection_id: str | None = None,
        entity_ids: Many[str] | None = None,
        active: bool = False,
        *,
        app: AppLike | None = None,
        integration_id: str | None = None,
        labels: Many[str] | None = None,
        limit: int | None = None,
    ) -> Connection | list[Connection]:
        """Return the connection with that id, or a list, newest first. ``active`` omits those that calls can't use."""
        if connection_id is not None:
            return await self.backend.accounts.connection(read_id(connection_id))
        return await self.backend.accounts.connections(
            app=optional_app(app=app),
            entity_ids=read_list(entity_ids, read_entity, "entity_ids"),
            integration_id=integration_id,
            active=active,
            labels=labels_of(labels),
            limit=count(limit),
        )

    async def ainitiate(
        self,
        integration_id: str | Integration | None = None,
        entity_id: str | None = None,
        params: Mapping[str, Any] | None = None,
        labels: Many[str] | None = None,
        redirect_url: str | None = None,
        *,
        app: AppLike | None = None,
        auth_scheme: str | None = None,
        scopes: Many[str] | None = None,
    ) -> ConnectionRequest:
        """Start a connection. ``params`` are the values that the user filled in."""
        params = veil(params)
        request = new_connection(
            read_entity(DEFAULT_ENTITY if entity_id is None else entity_id),
            app=optional_app(app=app),
            integration=integration_id,
            auth_mode=mode_of(auth_scheme=auth_scheme),
            params=params,
            redirect_url=redirect_url,
            scopes=scopes,
            labels=labels,
        )
        return ConnectionRequest(self.backend, await self.backend.accounts.initiate(request))

    async def ainfo(self, connection_id: str) -> Connection:
        """Return one connection with its stored values, hidden until each is read: ``.values["access_token"]``."""
        return await self.backend.accounts.connection(read_id(connection_id), values=True)

    async def aremove(self, connection_id: str) -> None:
        """Delete a connection, and revoke it at the provider if the provider supports that."""
        await self.backend.accounts.delete_connection(read_id(connection_id))

    async def arefresh(self, connection_id: str) -> Connection:
        """Refresh the tokens now. Raises ``GrantExpired`` if the user has to reconnect."""
        return await self.backend.accounts.refresh_connection(read_id(connection_id))

    async def areinitiate(
        self,
        connection_id: str,
        params: Mapping[str, Any] | None = None,
        redirect_url: str | None = None,
        *,
        data: Mapping[str, Any] | None = None,
        redirect_uri: str | None = None,
    ) -> ConnectionRequest:
        """Reconnect under the same id. ``data`` and ``redirect_uri`` are the REST API's names of these arguments."""
        params, data = veil(params), veil(data)
        filled = one_of(params=params, data=data)
        started = await self.backend.accounts.reinitiate(
            read_id(connection_id),
            values=None if filled is None else values_of(filled, "params"),
            redirect_url=url_of(one_of(redirect_url=redirect_url, redirect_uri=redirect_uri), "redirect_url"),
        )
        return ConnectionRequest(self.backend, started)

    async def awiden(
        self, connection_id: str, for_actions: Many[ActionLike], *, redirect_url: str | None = None
    ) -> ConnectionRequest | None:
        """Ask the user for the scopes that ``for_actions`` need and the connection lacks; see ``toolset.widen``."""
        one = await self.backend.accounts.connection(read_id(connection_id))
        needed = await find_scopes(self.backend, for_actions, app=one.app, auth_mode=one.auth_mode, granted=one.scopes)
        lacking = [scope for scope in needed.scopes if scope not in one.scopes]
        if not lacking:
            return None
        url = url_of(redirect_url, "redirect_url")
        return ConnectionRequest(self.backend, await self.backend.accounts.reinitiate(one.id, redirect_url=url, scopes=lacking))

    async def aenable(self, connection_id: str) -> Connection:
        """Enable a connection again."""
        return await self.backend.accounts.update_connection(read_id(connection_id), enabled=True)

    async def adisable(self, connection_id: str) -> Connection:
        """Disable a connection: it stays stored, but no call can use it."""
        return await self.backend.accounts.update_connection(read_id(connection_id), enabled=False)

    async def aset_labels(self, connection_id: str, labels: Many[str]) -> Connection:
        """Replace the connection's labels with ``labels``."""
        if labels is None:
            raise InvalidRequest("labels is a list of texts; an empty one takes all labels away.")
        return await self.backend.accounts.update_connection(read_id(connection_id), labels=labels_of(labels))

    async def acheck(self, connection_id: str) -> Connection:
        """Ask the app who its user is. Raises the same errors as a call."""
        return await self.backend.accounts.check_connection(read_id(connection_id))

    get = blocking(aget)
    initiate = blocking(ainitiate)
    info = blocking(ainfo)
    remove = blocking(aremove)
    refresh = blocking(arefresh)
    reinitiate = blocking(areinitiate)
    widen = blocking(awiden)
    enable = blocking(aenable)
    disable = blocking(adisable)
    set_labels = blocking(aset_labels)
    check = blocking(acheck)
    # The same methods under common names.
    adelete, delete = aremove, remove
