"""What a toolset does for users who connect their apps. Everything is the backend's; this only reads what callers may pass.

Source: documentation pages "Integrations Setup", "Connecting Users Overview", "Connecting to OAuth Apps", "Connecting to
Token/API Key Apps" and "White-labelling", and v0.7's signatures; what they lack is marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from composio.backend.catalog import ActionQuery
from composio.client import spellings as spelled
from composio.client.arguments import ActionLike, AppLike, Many, action_target, app_name, entity, read_list
from composio.client.client import Composio
from composio.client.params import ConnectionParams, ExpectedFieldInput
from composio.client.request import ConnectionRequest
from composio.errors import InvalidRequest
from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AuthField, AuthScheme
from composio.model.connection import Connection, Integration
from composio.model.secret import hide_text, veil
from composio.toolset.acting import Acting

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["ToolsetAccounts", "needs_credentials"]


def needs_credentials(action: ActionModel) -> bool:
    """Whether a call may have to be signed: not where the API lets everybody in, nor where a function asks for nothing."""
    if isinstance(action.binding, HttpBinding):
        return not action.binding.public
    return bool({"execute_request", "auth"} & set(action.binding.injected))


class ToolsetAccounts:
    """Integrations, entities and connections, for the entity that a toolset acts for. The client does the work."""

    def __init__(self, client: Composio, acting: Acting) -> None:
        self._client, self._acting = client, acting

    @property
    def backend(self) -> Backend:
        """What the client talks to."""
        return self._client.backend

    # Integrations

    async def acreate_integration(
        self,
        app: AppLike,
        auth_mode: str | None = None,
        auth_config: Mapping[str, Any] | None = None,
        use_composio_oauth_app: bool = True,
        force_new_integration: bool = False,
        *,
        name: str | None = None,
        scopes: Many[str] | None = None,
        limited_actions: Many[ActionLike] | None = None,
        auth_scheme: str | None = None,
        use_composio_auth: bool | None = None,
    ) -> Integration:
        """How users of ``app`` connect. An equal one that exists is given back, unless ``force_new_integration``.

        ``auth_config`` is the developer's own: ``client_id``, ``client_secret``, ``redirect_uri``, fields that customers don't
        fill. Without a ``client_id``, ``use_composio_oauth_app`` takes the operator's shared client,
        ``COMPOSIO_OAUTH_<APP>_CLIENT_ID`` and ``_SECRET``; if there is none the error says how to register one.
        ``limited_actions`` are the only ones that its connections will run, ``scopes`` what users are asked for.
        """
        auth_config = veil(auth_config)
        return await self._client.integrations.acreate(
            app=app_name(app),
            name=name,
            auth_mode=auth_mode,
            auth_scheme=auth_scheme,
            auth_config=auth_config,
            use_composio_auth=use_composio_oauth_app if use_composio_auth is None else use_composio_auth,
            force_new_integration=force_new_integration,
            scopes=scopes,
            limited_actions=limited_actions,
        )

    async def aget_integration(self, id: str) -> Integration:
        """One integration. Raises ``IntegrationNotFound``."""
        return await self._client.integrations.aget_by_id(id)

    async def aget_integrations(
        self,
        app: AppLike | None = None,
        auth_scheme: str | None = None,
        fetch_disabled: bool = False,
        limit: int | None = None,
        *,
        auth_mode: str | None = None,
    ) -> list[Integration]:
        """Newest first."""
        return await self._client.integrations.aget(
            app=app,
            auth_scheme=spelled.mode_of(auth_scheme=auth_scheme, auth_mode=auth_mode),
            show_disabled=fetch_disabled,
            limit=limit,
        )

    async def aremove_integration(self, id: str) -> None:
        """Remove it; its connections stay listed and can't be used any more. Not in v0.7."""
        await self._client.integrations.aremove(id)

    # Connections

    async def ainitiate_connection(
        self,
        integration_id: str | Integration | None = None,
        app: AppLike | None = None,
        labels: Many[str] | None = None,
        entity_id: str | None = None,
        redirect_url: str | None = None,
        connected_account_params: Mapping[str, Any] | None = None,
        auth_scheme: str | None = None,
        auth_config: Mapping[str, Any] | None = None,
        *,
        app_name: AppLike | None = None,
        auth_mode: str | None = None,
        use_composio_auth: bool | None = None,
        use_composio_oauth_app: bool | None = None,
        integration: Integration | str | None = None,
        scopes: Many[str] | None = None,
        redirect_uri: str | None = None,
        force_new_integration: bool = False,
    ) -> ConnectionRequest:
        """Begin to connect an entity to an app.

        Either an integration is named, or an app whose newest integration is taken, or made if there is none.
        ``connected_account_params`` are the values that the user filled in; where nothing else is needed the connection is
        active at once. For OAuth the user goes to the request's ``redirectUrl``, and comes back to ``redirect_uri``: your own
        web app, which calls :meth:`complete_connection`. ``redirect_url`` is where the user is sent after that.
        """
        auth_config, connected_account_params = veil(auth_config), veil(connected_account_params)
        return await self._client.get_entity(self._acting.entity(entity_id)).ainitiate_connection(
            app=spelled.optional_app(app=app, app_name=app_name),
            auth_mode=spelled.mode_of(auth_scheme=auth_scheme, auth_mode=auth_mode),
            auth_config=auth_config,
            redirect_url=redirect_url,
            redirect_uri=redirect_uri,
            integration=integration,
            integration_id=None if integration_id is None else spelled.integration_id(integration_id),
            use_composio_auth=use_composio_auth,
            use_composio_oauth_app=use_composio_oauth_app,
            force_new_integration=force_new_integration,
            connected_account_params=connected_account_params,
            labels=labels,
            scopes=scopes,
        )

    async def acomplete_connection(self, callback_url: object, entity_id: str | None = None) -> Connection:
        """Finish a connection with the URL that the provider sent the user's browser to, in any process. Not in v0.7.

        ``entity_id`` is who your session says the user is; with it, nobody can finish another's connection. Raises
        ``InvalidState`` for an answer that nothing waits for, ``AuthorizationError`` where the user or the provider said no.
        """
        callback_url = hide_text(callback_url)
        return await self.backend.accounts.complete(callback_url.reveal(), entity_id=self._acting.choose(entity_id))

    async def aget_connected_account(self, id: str, *, entity_id: str | None = None) -> Connection:
        """One connection; with ``entity_id`` only where it is that entity's. Raises ``ConnectedAccountNotFound``."""
        known = None if entity_id is None else entity(entity_id)
        return await self.backend.accounts.connection(spelled.connection_id(id), entity_id=known)

    async def aget_connected_accounts(
        self,
        app: AppLike | None = None,
        entity_id: str | None = None,
        *,
        entity_ids: Many[str] | None = None,
        active: bool = True,
        integration_id: str | None = None,
        labels: Many[str] | None = None,
        limit: int | None = None,
    ) -> list[Connection]:
        """The entity's active connections, newest first; ``active=False`` adds those that no call could use.

        ``entity_ids`` lists several entities'; ``client.connected_accounts.get()`` lists everybody's.
        """
        if entity_id is not None and entity_ids is not None:
            raise InvalidRequest("entity_id= names one entity and entity_ids= several; leave one out.")
        several = read_list(entity_ids, entity, "entity_ids")
        return await self._client.connected_accounts.aget(
            app=app,
            entity_ids=several or (self._acting.entity(entity_id),),
            integration_id=None if integration_id is None else spelled.integration_id(integration_id),
            active=active,
            labels=labels,
            limit=limit,
        )

    async def areinitiate_connection(
        self,
        id: str,
        connected_account_params: Mapping[str, Any] | None = None,
        redirect_url: str | None = None,
    ) -> ConnectionRequest:
        """Connect again under the same id: after a connection expired, or to change its values. Not in v0.7."""
        connected_account_params = veil(connected_account_params)
        return await self._client.connected_accounts.areinitiate(id, connected_account_params, redirect_url)

    async def adelete_connection(self, id: str) -> None:
        """Revoke it at the provider, where that can be done, and forget it. Not in v0.7."""
        await self._client.connected_accounts.aremove(id)

    async def arefresh_connection(self, id: str) -> Connection:
        """Renew its tokens now; they are renewed before they end in any case. Not in v0.7."""
        return await self._client.connected_accounts.arefresh(id)

    async def aenable_connection(self, id: str) -> Connection:
        """Let calls use it again. Not in v0.7."""
        return await self._client.connected_accounts.aenable(id)

    async def adisable_connection(self, id: str) -> Connection:
        """Keep it, and let no call use it. Not in v0.7."""
        return await self._client.connected_accounts.adisable(id)

    async def aset_connection_labels(self, id: str, labels: Many[str]) -> Connection:
        """Put ``labels`` in the place of the ones it has. Not in v0.7."""
        return await self._client.connected_accounts.aset_labels(id, labels)

    # What an app asks for

    async def aget_expected_params_for_user(
        self,
        app: AppLike | None = None,
        auth_scheme: str | None = None,
        integration_id: str | None = None,
        entity_id: str | None = None,
    ) -> dict[str, Any]:
        """What the user must fill in: ``{"expectedInputFields": [...], "integration_id", "auth_scheme"}``.

        v0.7 named the list ``expected_params``; it is there as well, and its fields have attributes too.

        A field has ``name``, ``display_name``, ``description``, ``type``, ``required``, ``default`` and
        ``expected_from_customer``. Where no integration is named the app's newest one is taken, or made. ``entity_id`` is
        v0.7's and changes nothing, as every user of an integration is asked for the same.
        """
        self._acting.entity(entity_id)
        mode = spelled.mode_of(auth_scheme=auth_scheme)
        if integration_id is None and app is None:
            raise InvalidRequest("Say of what: app=App.SHOPIFY, or integration_id=....")
        if integration_id is not None:
            found = await self.aget_integration(integration_id)
        else:
            known = await self.aget_integrations(app, mode, limit=1)
            found = known[0] if known else await self.acreate_integration(app or "", mode)
        wanted = app_name(found.app if app is None else app)
        scheme, fields = await self.backend.accounts.expected_fields(wanted, mode, integration_id=found.id, customer=True)
        shown = [ExpectedFieldInput.of(one) for one in fields]
        return {
            "expectedInputFields": shown,
            "expected_params": shown,
            "integration_id": found.id,
            "auth_scheme": scheme.auth_mode,
        }

    async def afetch_expected_integration_params(
        self, app: AppLike, auth_scheme: str | None = None, required_only: bool = False
    ) -> list[AuthField]:
        """What the developer must fill in for an integration of ``app``: ``auth_config`` of :meth:`create_integration`."""
        mode = spelled.mode_of(auth_scheme=auth_scheme)
        _, fields = await self.backend.accounts.expected_fields(app_name(app), mode, customer=False)
        return [one for one in fields if one.required or not required_only]

    async def aget_auth_schemes(self, app: AppLike) -> list[AuthScheme]:
        """The ways to authenticate to ``app``, the preferred one first."""
        return list((await self.backend.app(app_name(app))).auth_schemes)

    async def aget_auth_scheme_for_app(self, app: AppLike, auth_scheme: str | None = None) -> AuthScheme:
        """The one that a connection would use, or the named one. Raises where ``app`` has none such, with those it has."""
        mode = spelled.mode_of(auth_scheme=auth_scheme)
        scheme, _ = await self.backend.accounts.expected_fields(app_name(app), mode, customer=True)
        return scheme

    async def aget_auth_params(
        self, app: AppLike | None = None, connection_id: str | None = None, entity_id: str | None = None
    ) -> ConnectionParams:
        """What a call would be signed with: ``{"base_url", "headers", "query_params", "fields"}``, secrets in the clear.

        ``connection_id`` alone says which app is meant; v0.7's ``.parameters`` are what ``add_auth`` takes.
        """
        if app is None:
            if connection_id is None:
                raise InvalidRequest("Say of what: app=App.GITHUB, or connection_id=....")
            known = None if self._acting.choose(entity_id) is None else self._acting.entity(entity_id)
            app = (await self.backend.accounts.connection(spelled.connection_id(connection_id), entity_id=known)).app
        who = self._acting.who(entity_id, None if connection_id is None else spelled.connection_id(connection_id))
        return ConnectionParams(await self.backend.auth_params(app_name(app), who))

    async def acheck_connected_account(self, action: ActionLike, entity_id: str | None = None) -> None:
        """Raise ``ConnectionNotFound`` where the entity could not authenticate a call of ``action``; it says what to do."""
        target = action_target(action)
        if not isinstance(target, ActionModel):
            (target,) = await self.backend.actions(ActionQuery(names=(target,)))
        await self.acheck([target], entity_id)

    async def acheck(self, actions: list[ActionModel], entity_id: str | None, connection: str | None = None) -> None:
        """As :meth:`acheck_connected_account`, for several actions; ``connection`` is what calls of its app would use."""
        chosen = dict(self._acting.app_connections)
        if connection is not None:
            found = await self.backend.accounts.connection(connection, entity_id=self._acting.choose(entity_id))
            chosen[found.app] = found.id
        apps = sorted({action.app for action in actions if needs_credentials(action)})
        await self.backend.require_credentials(apps, replace(self._acting.who(entity_id), app_connections=chosen))
