"""The toolset's methods for integrations, entities and connections. They read the arguments; the backend does the work.

Source: documentation pages "Integrations Setup", "Connecting Users Overview", "Connecting to OAuth Apps", "Connecting to
Token/API Key Apps" and "White-labelling", and v0.7's signatures. Additions are marked "Not in v0.7".
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
    """Return whether calls may need credentials: False for APIs open to everybody and for functions that need none."""
    if isinstance(action.binding, HttpBinding):
        return not action.binding.public
    return bool({"execute_request", "auth"} & set(action.binding.injected))


class ToolsetAccounts:
    """Integrations, entities and connections, seen from the entity that a toolset acts for. The client does the work."""

    def __init__(self, client: Composio, acting: Acting) -> None:
        self._client, self._acting = client, acting

    @property
    def backend(self) -> Backend:
        """The backend that the client uses."""
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
        """Create an integration of ``app``. Returns an equal one if it exists, unless ``force_new_integration``.

        ``auth_config`` holds the developer's values: ``client_id``, ``client_secret``, ``redirect_uri``, and fields that
        customers don't fill in. Without a ``client_id``, ``use_composio_oauth_app`` selects the operator's shared client,
        ``COMPOSIO_OAUTH_<APP>_CLIENT_ID`` and ``_SECRET``; if these are not set, the error says how to register a client.
        ``limited_actions`` restricts the actions of its connections, ``scopes`` are the scopes to request from users.
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
        """Return one integration. Raises ``IntegrationNotFound``."""
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
        """List integrations, newest first."""
        return await self._client.integrations.aget(
            app=app,
            auth_scheme=spelled.mode_of(auth_scheme=auth_scheme, auth_mode=auth_mode),
            show_disabled=fetch_disabled,
            limit=limit,
        )

    async def aremove_integration(self, id: str) -> None:
        """Remove an integration. Its connections stay listed but can't be used any more. Not in v0.7."""
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
        for_actions: Many[ActionLike] | None = None,
    ) -> ConnectionRequest:
        """Start connecting an entity to an app.

        Pass an integration, or an app: then its newest integration is used, or a new one created. ``connected_account_params``
        are the values that the user filled in. If nothing else is needed, the connection is active at once. For OAuth, send the
        user to the request's ``redirectUrl``. The provider sends them back to ``redirect_uri``: your own web app, which calls
        :meth:`complete_connection`. ``redirect_url`` is the page that the user sees after that. ``for_actions`` asks for the least
        scopes that cover these actions, instead of the app's usual ones.
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
            for_actions=for_actions,
        )

    async def awiden(
        self, connection: Connection | str, for_actions: Many[ActionLike], *, redirect_url: str | None = None
    ) -> ConnectionRequest | None:
        """Ask a connection's user for the scopes that ``for_actions`` need and that were not granted. Not in v0.7.

        Returns None if nothing is missing. Else send the user to the request's ``redirectUrl``: the connection keeps its id, and its
        present tokens work until the user has agreed.
        """
        return await self._client.connected_accounts.awiden(
            spelled.connection_id(connection), for_actions, redirect_url=redirect_url
        )

    async def acomplete_connection(self, callback_url: object, entity_id: str | None = None) -> Connection:
        """Finish a connection with the URL that the provider redirected the user to. Works in any process. Not in v0.7.

        ``entity_id`` is the user of your web session. Pass it so that nobody can finish another user's connection. Raises
        ``InvalidState`` if no connection waits for the answer, ``AuthorizationError`` if the user or the provider declined.
        """
        callback_url = hide_text(callback_url)
        return await self.backend.accounts.complete(callback_url.reveal(), entity_id=self._acting.choose(entity_id))

    async def aget_connected_account(self, id: str, *, entity_id: str | None = None) -> Connection:
        """Return one connection. With ``entity_id``, only if it belongs to that entity. Raises ``ConnectedAccountNotFound``."""
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
        """List the entity's active connections, newest first. ``active=False`` includes connections that calls can't use.

        ``entity_ids`` selects several entities; ``client.connected_accounts.get()`` lists the connections of all.
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
        """Reconnect under the same id, after a connection expired or to change its values. Not in v0.7."""
        connected_account_params = veil(connected_account_params)
        return await self._client.connected_accounts.areinitiate(id, connected_account_params, redirect_url)

    async def adelete_connection(self, id: str) -> None:
        """Delete a connection, and revoke it at the provider if the provider supports that. Not in v0.7."""
        await self._client.connected_accounts.aremove(id)

    async def arefresh_connection(self, id: str) -> Connection:
        """Refresh the tokens now. Calls refresh them before they expire anyway. Not in v0.7."""
        return await self._client.connected_accounts.arefresh(id)

    async def aenable_connection(self, id: str) -> Connection:
        """Enable a connection again after :meth:`adisable_connected_account`. Not in v0.7."""
        return await self._client.connected_accounts.aenable(id)

    async def adisable_connection(self, id: str) -> Connection:
        """Disable a connection: it stays stored, but no call can use it. Not in v0.7."""
        return await self._client.connected_accounts.adisable(id)

    async def aset_connection_labels(self, id: str, labels: Many[str]) -> Connection:
        """Replace the connection's labels with ``labels``. Not in v0.7."""
        return await self._client.connected_accounts.aset_labels(id, labels)

    # What an app asks for

    async def aget_expected_params_for_user(
        self,
        app: AppLike | None = None,
        auth_scheme: str | None = None,
        integration_id: str | None = None,
        entity_id: str | None = None,
    ) -> dict[str, Any]:
        """Return what the user must fill in: ``{"expectedInputFields": [...], "integration_id", "auth_scheme"}``.

        The list is also under v0.7's name ``expected_params``, and its fields can be read as attributes.

        A field has ``name``, ``display_name``, ``description``, ``type``, ``required``, ``default`` and
        ``expected_from_customer``. Without an integration, the app's newest one is used, or a new one created. ``entity_id``
        comes from v0.7 and has no effect: the fields are the same for every user.
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
        """Return what the developer must fill in for an integration of ``app``: its ``auth_config``."""
        mode = spelled.mode_of(auth_scheme=auth_scheme)
        _, fields = await self.backend.accounts.expected_fields(app_name(app), mode, customer=False)
        return [one for one in fields if one.required or not required_only]

    async def aget_auth_schemes(self, app: AppLike) -> list[AuthScheme]:
        """List the ways to authenticate to ``app``, the preferred one first."""
        return list((await self.backend.app(app_name(app))).auth_schemes)

    async def aget_auth_scheme_for_app(self, app: AppLike, auth_scheme: str | None = None) -> AuthScheme:
        """Return the auth scheme that a connection would use, or the named one. Raises if ``app`` lacks it."""
        mode = spelled.mode_of(auth_scheme=auth_scheme)
        scheme, _ = await self.backend.accounts.expected_fields(app_name(app), mode, customer=True)
        return scheme

    async def aget_auth_params(
        self, app: AppLike | None = None, connection_id: str | None = None, entity_id: str | None = None
    ) -> ConnectionParams:
        """Return the credentials of a call: ``{"base_url", "headers", "query_params", "fields"}``, with secrets in the clear.

        ``connection_id`` alone identifies the app. v0.7's ``.parameters`` fit ``add_auth``.
        """
        if app is None:
            if connection_id is None:
                raise InvalidRequest("Say of what: app=App.GITHUB, or connection_id=....")
            known = None if self._acting.choose(entity_id) is None else self._acting.entity(entity_id)
            app = (await self.backend.accounts.connection(spelled.connection_id(connection_id), entity_id=known)).app
        who = self._acting.who(entity_id, None if connection_id is None else spelled.connection_id(connection_id))
        return ConnectionParams(await self.backend.auth_params(app_name(app), who))

    async def acheck_connected_account(self, action: ActionLike, entity_id: str | None = None) -> None:
        """Raise ``ConnectionNotFound`` if the entity has no credentials for ``action``. The error says how to connect."""
        target = action_target(action)
        if not isinstance(target, ActionModel):
            (target,) = await self.backend.actions(ActionQuery(names=(target,)))
        await self.acheck([target], entity_id)

    async def acheck(self, actions: list[ActionModel], entity_id: str | None, connection: str | None = None) -> None:
        """Like :meth:`acheck_connected_account`, for several actions. ``connection`` is the one that calls would use."""
        chosen = dict(self._acting.app_connections)
        if connection is not None:
            found = await self.backend.accounts.connection(connection, entity_id=self._acting.choose(entity_id))
            chosen[found.app] = found.id
        apps = sorted({action.app for action in actions if needs_credentials(action)})
        await self.backend.require_credentials(apps, replace(self._acting.who(entity_id), app_connections=chosen))
