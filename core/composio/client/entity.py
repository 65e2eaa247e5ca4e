"""One of your users, like v0.7's entity. Source: documentation pages "Introduction" (auth) and "Connecting Users Overview"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from composio.client import acting
from composio.client import arguments as read
from composio.client import spellings as spelled
from composio.client import triggers as triggering
from composio.client.arguments import ActionLike, AppLike, AuthLike, Many
from composio.client.former import ExplainsFormer
from composio.client.owner import BackendOwner, blocking
from composio.client.request import ConnectionRequest
from composio.client.scopes import find_scopes
from composio.client.triggers import TriggerLike
from composio.errors import ConnectionNotFound, InvalidRequest, TriggerInstanceNotFound
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY, ToolResult, Who
from composio.model.connection import Connection, Integration
from composio.model.secret import veil
from composio.model.trigger_instance import InstanceQuery, NewInstance, TriggerInstance

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.client.client import Composio

__all__ = ["Entity"]

_NO_AUTH: Mapping[str, CustomAuth] = MappingProxyType({})


class Entity(ExplainsFormer):
    """The user with ``id`` in your application. Only connections are stored for an entity."""

    def __init__(
        self,
        client: Composio | Backend,
        id: str = DEFAULT_ENTITY,
        *,
        app_auth: Callable[[], Mapping[str, CustomAuth]] = lambda: _NO_AUTH,
    ) -> None:
        self._client = client if isinstance(client, BackendOwner) else None
        self.backend: Backend = client.backend if isinstance(client, BackendOwner) else client
        self.id = read.entity(id)
        self._app_auth = app_auth

    @property
    def entity_id(self) -> str:
        """The same as :attr:`id`."""
        return self.id

    @property
    def client(self) -> Composio:
        """The client that created this entity, as in v0.7."""
        if self._client is None:
            raise InvalidRequest("This entity has no client; get one that has with Composio().get_entity(id).")
        return self._client

    def __repr__(self) -> str:
        return f"Entity(id={self.id!r})"

    async def ainitiate_connection(
        self,
        app_name: AppLike | None = None,
        auth_mode: str | None = None,
        auth_config: Mapping[str, Any] | None = None,
        redirect_url: str | None = None,
        integration: Integration | str | None = None,
        use_composio_auth: bool | None = None,
        force_new_integration: bool = False,
        connected_account_params: Mapping[str, Any] | None = None,
        labels: Many[str] | None = None,
        *,
        integration_id: str | None = None,
        app: AppLike | None = None,
        entity_id: str | None = None,
        auth_scheme: str | None = None,
        use_composio_oauth_app: bool | None = None,
        scopes: Many[str] | None = None,
        redirect_uri: str | None = None,
        for_actions: Many[ActionLike] | None = None,
    ) -> ConnectionRequest:
        """Start a connection of this entity; see :meth:`composio.ComposioToolSet.initiate_connection`.

        ``entity_id`` may repeat this entity's id, as in the documentation; another id raises.
        """
        auth_config, connected_account_params = veil(auth_config), veil(connected_account_params)
        if entity_id is not None and read.entity(entity_id) != self.id:
            raise InvalidRequest(
                f"This entity is {self.id!r}; to connect {entity_id!r}, use toolset.get_entity({entity_id!r})."
            )
        if for_actions is not None:
            if scopes is not None:
                raise InvalidRequest("for_actions= chooses the scopes: leave out scopes=.")
            needed = await find_scopes(
                self.backend,
                for_actions,
                app=spelled.optional_app(app_name=app_name, app=app),
                auth_mode=spelled.mode_of(auth_mode=auth_mode, auth_scheme=auth_scheme),
            )
            scopes = needed.scopes or None
        request = spelled.new_connection(
            self.id,
            app=spelled.optional_app(app_name=app_name, app=app),
            integration=integration,
            integration_id_=integration_id,
            auth_mode=spelled.mode_of(auth_mode=auth_mode, auth_scheme=auth_scheme),
            auth_config=auth_config,
            params=connected_account_params,
            use_composio_oauth_app=spelled.one_of(
                use_composio_auth=use_composio_auth, use_composio_oauth_app=use_composio_oauth_app
            ),
            force_new_integration=force_new_integration,
            redirect_url=redirect_url,
            redirect_uri=redirect_uri,
            scopes=scopes,
            labels=labels,
        )
        return ConnectionRequest(self.backend, await self.backend.accounts.initiate(request))

    async def aget_connections(self, app: AppLike | None = None, *, active: bool = True) -> list[Connection]:
        """List this entity's connections, newest first. ``active=False`` includes those that calls can't use."""
        return await self.backend.accounts.connections(app=spelled.optional_app(app=app), entity_ids=(self.id,), active=active)

    async def aget_connection(
        self, app: AppLike | None = None, connected_account_id: str | None = None, *, app_name: AppLike | None = None
    ) -> Connection:
        """Return the connection with that id, or the newest active one of ``app``, which calls use.

        Raises ``ConnectedAccountNotFound`` for an unknown id or another entity's, ``ConnectionNotFound`` if the app has no
        connection.
        """
        wanted = spelled.optional_app(app=app, app_name=app_name)
        if connected_account_id is not None:
            return await self.backend.accounts.connection(spelled.connection_id(connected_account_id), entity_id=self.id)
        if wanted is None:
            raise InvalidRequest("Say which: get_connection(app=App.GITHUB), or get_connection(connected_account_id=...).")
        found = await self.backend.accounts.connections(app=wanted, entity_ids=(self.id,), active=True, limit=1)
        if not found:
            key = (await self.backend.app(wanted)).key
            whose = "" if self.id == DEFAULT_ENTITY else f" -e {self.id}"
            raise ConnectionNotFound(
                key,
                f"Entity {self.id!r} has no active connection to {key!r}. Run `composio add {key}{whose}`, or call"
                f" entity.initiate_connection(app={key!r}).",
            )
        return found[0]

    async def ais_active(self, app: AppLike) -> bool:
        """Return whether this entity has a usable connection to ``app``."""
        return bool(
            await self.backend.accounts.connections(app=read.app_name(app), entity_ids=(self.id,), active=True, limit=1)
        )

    async def aenable_trigger(
        self,
        app: AppLike | None = None,
        trigger_name: TriggerLike | None = None,
        config: Mapping[str, Any] | None = None,
        *,
        connected_account_id: str | None = None,
    ) -> dict[str, Any]:
        """Enable a trigger for this entity. Returns ``{"status": "success", "triggerId": "ti_...", "isNew": True}``.

        Repeating it returns the same id. ``connected_account_id`` defaults to the connection that calls use. Raises
        ``TriggerNotFound``, ``InvalidArguments`` if the config does not fit, and ``ConnectionNotFound``.
        """
        if trigger_name is None:
            raise InvalidRequest(
                'Say which trigger: enable_trigger(app=App.GITHUB, trigger_name="GITHUB_STAR_ADDED_EVENT", ...).'
            )
        request = NewInstance(
            trigger=triggering.trigger_name(trigger_name),
            config=triggering.config_of(config),
            entity_id=self.id,
            connection_id=None if connected_account_id is None else spelled.connection_id(connected_account_id),
            app=spelled.optional_app(app=app),
        )
        return triggering.enabled(await self.backend.triggers.enable(request))

    async def adisable_trigger(self, trigger_id: str) -> dict[str, Any]:
        """Disable a trigger instance of this entity. Returns ``{"status": "success"}``."""
        found = await self.backend.triggers.instance(triggering.instance_id(trigger_id))
        if found.entity_id != self.id:
            raise TriggerInstanceNotFound(found.id)
        await self.backend.triggers.switch(found.id, enabled=False)
        return {"status": "success"}

    async def aget_active_triggers(self) -> list[TriggerInstance]:
        """List the enabled trigger instances of this entity, newest first."""
        query = InstanceQuery(entity_ids=(self.id,), enabled=True)
        return list((await self.backend.triggers.instances(query)).items)

    async def aexecute(
        self,
        action: ActionLike,
        params: Mapping[str, Any] | None = None,
        connected_account_id: str | None = None,
        session_id: str | None = None,
        text: str | None = None,
        auth: AuthLike = None,
        *,
        entity_id: str | None = None,
    ) -> ToolResult:
        """Run an action as this entity. Returns ``{"successful", "data", "error"}``. ``session_id`` has no effect."""
        auth = veil(auth)
        del session_id
        return await acting.arun(self.backend, action, params, self._who(entity_id, connected_account_id, auth), text)

    def execute(
        self,
        action: ActionLike,
        params: Mapping[str, Any] | None = None,
        connected_account_id: str | None = None,
        session_id: str | None = None,
        text: str | None = None,
        auth: AuthLike = None,
        *,
        entity_id: str | None = None,
    ) -> ToolResult:
        """Synchronous form of :meth:`aexecute`."""
        auth = veil(auth)
        del session_id
        return acting.run(self.backend, action, params, self._who(entity_id, connected_account_id, auth), text)

    def _who(self, entity_id: str | None, connected_account_id: str | None, auth: AuthLike) -> Who:
        if entity_id is not None and read.entity(entity_id) != self.id:
            raise InvalidRequest(f"This entity is {self.id!r}; to act as {entity_id!r}, use toolset.get_entity({entity_id!r}).")
        return Who(
            entity_id=self.id,
            connected_account_id=None if connected_account_id is None else spelled.connection_id(connected_account_id),
            auth=CustomAuth.of(auth),
            app_auth=self._app_auth(),
        )

    initiate_connection = blocking(ainitiate_connection)
    get_connections = blocking(aget_connections)
    get_connection = blocking(aget_connection)
    is_active = blocking(ais_active)
    enable_trigger = blocking(aenable_trigger)
    disable_trigger = blocking(adisable_trigger)
    get_active_triggers = blocking(aget_active_triggers)
