"""Start, finish, restart and delete connections."""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from composio.accounts.book import Book, Entry, new_id
from composio.accounts.fields import OAUTH, check, customer_fields, missing, require, scheme_named, scheme_of, with_defaults
from composio.accounts.integrations import IntegrationBook, unknown_scopes
from composio.accounts.redirects import callback_parameters, check_destination, check_redirect, hash_state
from composio.accounts.revoking import revoke_orphans
from composio.accounts.wire import Wire, drive
from composio.auth.callbacks import check_signature
from composio.auth.flow import Begun, ConnectingScheme, FlowContext, Grant, Pending
from composio.auth.registration import register
from composio.errors import (
    AuthorizationError,
    ComposioError,
    ConfigurationError,
    ConnectedAccountNotFound,
    InvalidRequest,
    InvalidState,
    MissingFields,
    TokenRequestFailed,
)
from composio.model.app import AppModel, AuthScheme, unmistakable
from composio.model.connection import Connection, ConnectionStarted, ConnectionStatus, Integration, NewConnection
from composio.model.secret import NO_VALUES, Secret, SecretValues
from composio.store.records import Authorization, place_of

__all__ = ["STATE_SECONDS", "Connecting"]

log = logging.getLogger("composio.accounts")
# How long a user may take at the provider.
STATE_SECONDS = 600.0
# Used states are kept for a while, so that a repeated one gets a clear error.
_KEPT_SECONDS = 86_400.0
# How often tokens may be renewed while a connection is being deleted.
_RENEWED_MEANWHILE = 5


# Where a flow that was begun keeps the scopes that it asks for, if they are not the connection's.
_WIDENED = "composio_scopes"


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that a flow of one connection needs."""

    app: AppModel
    scheme: AuthScheme
    integration: Integration
    connection: Connection
    values: SecretValues
    widened: tuple[str, ...] | None = None  # scopes to ask for instead of those that the connection has

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the user is asked for."""
        return self.connection.scopes if self.widened is None else self.widened

    def with_pending(self, pending: SecretValues) -> _Plan:
        """The plan of a flow that was begun, which kept its scopes in ``pending``."""
        asked = pending.get(_WIDENED)
        return self if asked is None else replace(self, widened=tuple(asked.split()))


class Connecting:
    """Runs users' connections. ``scheme_of`` returns a mode's registered scheme, ``redirect`` the redirect URI.

    ``token_seconds`` is the provider's time limit for tokens: a code works only once.
    """

    def __init__(
        self,
        book: Callable[[], Book],
        integrations: Callable[[], IntegrationBook],
        *,
        app: Callable[[str], AppModel],
        scheme_of: Callable[[str], ConnectingScheme | None],
        redirect: Callable[[str | None, Integration, AuthScheme], str],
        token_seconds: float,
    ) -> None:
        self._book, self._integrations, self._token_seconds = book, integrations, token_seconds
        self._app, self._scheme_of, self._redirect = app, scheme_of, redirect
        self._patience: dict[str, tuple[float, float]] = {}  # of devices: seconds between polls, and when the next one may be

    async def initiate(self, request: NewConnection, wire: Wire) -> ConnectionStarted:
        """Create a connection: active at once if nothing is left to do, else waiting for its user."""
        try:
            plan = await wire.work(lambda: self._plan(request))
        except ConfigurationError as error:
            scheme = self._registering(request)
            if scheme is None:
                raise error from None
            # Two users who connect first at the same time share one client; a client in the request is not shared.
            whose = new_id("int") if request.config else request.redirect_uri
            key = f"register:{id(self)}:{request.app}:{scheme.name}:{whose}"
            going = await wire.start(key, functools.partial(self._register, request, scheme))
            integration_id = await wire.outcome(going)
            registered = replace(request, integration_id=integration_id, config={})
            plan = await wire.work(lambda: self._plan(registered))
        return await self._begin(plan, request.redirect_uri, wire, waits=not request.values)

    def _registering(self, request: NewConnection) -> AuthScheme | None:
        """Return the scheme whose provider registers clients; None if it does not, or if a client is given."""
        if request.app is None or request.integration_id is not None or request.config.get("client_id"):
            return None
        app, named = self._app(request.app), request.auth_mode
        scheme = scheme_named(app, named) if named else self._integrations().scheme_for(app, request.config, request.values)
        return scheme if scheme.auth_mode == "OAUTH2" and scheme.extra.get("registration_url") else None

    async def _register(self, request: NewConnection, scheme: AuthScheme, wire: Wire) -> str:
        """Return the id of an integration whose client the provider registered now, or just before for another caller."""
        with suppress(ConfigurationError):
            return (await wire.work(lambda: self._plan(request))).integration.id
        app = self._app(str(request.app))
        nobody = Integration(id="", app=app.key, name="", auth_mode=scheme.auth_mode, scheme=scheme.name)
        uri = await wire.work(lambda: self._redirect(request.redirect_uri, nobody, scheme))
        context = FlowContext(
            app=app,
            scheme=scheme,
            client=NO_VALUES,
            values=with_defaults(scheme, SecretValues.of(request.values)),
            scopes=request.scopes or tuple(str(one) for one in scheme.extra.get("default_scopes", ())),
            redirect_uri=uri,
            now=self._book().now(),
        )
        client = await drive(register(context), context, wire, seconds=self._token_seconds)
        made = replace(request, auth_mode=unmistakable(scheme), config=SecretValues.of(request.config) | client)
        return (await wire.work(lambda: self._integrations().for_connection(app, made))).id

    def _plan(self, request: NewConnection) -> _Plan:
        book, integrations = self._book(), self._integrations()
        if request.app is not None and request.integration_id is None:
            request = integrations.with_users_own(self._app(request.app), request)
        integration = self._integration_of(request)
        app = self._app(integration.app)
        scheme = scheme_of(app, integration)
        if request.redirect_uri is not None:
            check_redirect(app.key, request.redirect_uri)
        if request.redirect_url is not None:
            check_destination(request.redirect_url)
        given = check(app, request.values, scheme.fields, f"a connection with {scheme.auth_mode}")
        scopes = request.scopes if request.scopes is not None else integration.scopes
        if scopes is None:
            scopes = tuple(str(one) for one in scheme.extra.get("default_scopes", ()))
        for one in unknown_scopes(scheme, scopes):
            log.warning(
                "%s: the scope %s is not among those that its definition lists; it is asked for all the same", app.key, one
            )
        integrations.client(app, scheme, integration)
        now = book.now()
        connection = Connection(
            id=new_id("conn"),
            entity_id=request.entity_id,
            app=app.key,
            integration_id=integration.id,
            auth_mode=scheme.auth_mode,
            scheme=scheme.name,
            status=ConnectionStatus.INITIATED,
            labels=request.labels,
            scopes=scopes,
            redirect_url=request.redirect_url,
            created_at=now,
            updated_at=now,
            values=given,
        )
        return _Plan(app, scheme, integration, connection, given)

    def _integration_of(self, request: NewConnection) -> Integration:
        if request.integration_id is None:
            if request.app is None:
                raise InvalidRequest("Name what to connect to: app=App.GITHUB, or integration_id=.")
            return self._integrations().for_connection(self._app(request.app), request)
        integration = self._book().integration(request.integration_id)
        if not integration.enabled:
            raise InvalidRequest(f"The integration {integration.id} of {integration.app} is disabled.")
        if request.app is not None and (named := self._app(request.app).key) != integration.app:
            raise InvalidRequest(f"The integration {integration.id} belongs to {integration.app}, not to {named}.")
        if request.auth_mode and scheme_named(self._app(integration.app), request.auth_mode).name != integration.scheme:
            raise InvalidRequest(
                f"The integration {integration.id} connects with {integration.auth_mode}, not with {request.auth_mode};"
                " leave auth_scheme out, or make an integration for it."
            )
        return integration

    async def _begin(self, plan: _Plan, redirect_uri: str | None, wire: Wire, *, waits: bool) -> ConnectionStarted:
        """``waits`` allows the values to come later, through ``submit``."""
        book, one = self._book(), plan.connection
        fields = customer_fields(plan.scheme, plan.integration.config)
        left = missing(fields, plan.values)
        if left and waits:
            listed = "; ".join(f"{name} ({what})" if what else name for name, what in left.items())
            waiting = await wire.work(lambda: self._keep(one, plan.values, error=f"waits for {listed}"))
            return ConnectionStarted(connection=waiting)
        if left:
            raise MissingFields(plan.app.key, f"a connection with {plan.scheme.auth_mode}", left)
        flow = self._scheme_of(plan.scheme.auth_mode)
        if flow is None:
            granted = Grant(values=NO_VALUES)
            return ConnectionStarted(connection=await wire.work(lambda: self._grant(plan, granted)))
        state = secrets.token_urlsafe(32)
        uri = await wire.work(lambda: self._redirect(redirect_uri, plan.integration, plan.scheme)) if _redirects(plan) else ""
        context = self._context(plan, uri)
        begun = await drive(flow.begin(context, state), context, wire)
        if begun.grant is not None:
            granted = begun.grant
            return ConnectionStarted(connection=await wire.work(lambda: self._grant(plan, granted)))
        return await wire.work(lambda: self._start_waiting(plan, begun, state, uri, book))

    def _keep(self, one: Connection, values: SecretValues, *, stored: bool = False, **changes: Any) -> Connection:
        """Return the stored connection, new or not; one that was ``stored`` is not created again.

        Only new values overwrite stored ones: the tokens may have been renewed since they were read.
        """
        book = self._book()
        if one.version == 0 and not stored and book.store.get_connection(one.id) is None:
            book.add_connection(replace(one, values=values, **changes))
            return book.entry(one.id).connection
        new = SecretValues({name: value for name, value in values.items() if one.values.get(name) != value})
        while True:
            there = book.entry(one.id)
            if not new and all(getattr(there.connection, name) == value for name, value in changes.items()):
                return there.connection
            changed = book.change(there.connection, values=there.values | new, if_version=there.connection.version, **changes)
            if changed is not None:
                return changed

    def _start_waiting(self, plan: _Plan, begun: Begun, state: str, redirect_uri: str, book: Book) -> ConnectionStarted:
        now = book.now()
        waits = plan.connection.status is not ConnectionStatus.ACTIVE
        changes: dict[str, Any] = {"status": ConnectionStatus.INITIATED, "error": None} if waits else {}
        kept = self._keep(plan.connection, plan.values, **changes)
        lives = min(begun.expires_in or STATE_SECONDS, STATE_SECONDS if begun.interval is None else 3600.0)
        authorization = Authorization(
            state_hash=hash_state(state),
            connection_id=kept.id,
            integration_id=plan.integration.id,
            entity_id=kept.entity_id,
            redirect_uri=redirect_uri,
            created_at=now,
            expires_at=now + lives,
            interval=begun.interval,
            next_poll_at=None if begun.interval is None else now + begun.interval,
        )
        pending = begun.pending
        if plan.widened is not None:
            pending = pending | {_WIDENED: " ".join(plan.widened)}
        book.store.add_authorization(authorization, book.vault.seal(pending, place_of(authorization)))
        book.store.purge_authorizations(now - _KEPT_SECONDS)
        return ConnectionStarted(
            connection=kept, redirect_url=begun.redirect_url, user_code=begun.user_code, expires_at=authorization.expires_at
        )

    def _context(self, plan: _Plan, redirect_uri: str) -> FlowContext:
        return FlowContext(
            app=plan.app,
            scheme=plan.scheme,
            client=self._integrations().client(plan.app, plan.scheme, plan.integration),
            values=with_defaults(plan.scheme, plan.values),
            scopes=plan.scopes,
            redirect_uri=redirect_uri,
            now=self._book().now(),
        )

    def _grant(self, plan: _Plan, grant: Grant, *, stored: bool = False) -> Connection:
        """Store the result of a flow before anything uses it. See :meth:`_kept`."""
        return self._keep(
            plan.connection,
            plan.values | grant.values,
            stored=stored,
            status=ConnectionStatus.ACTIVE,
            error=None,
            expires_at=grant.expires_at,
            refresh_at=grant.refresh_at,
            activated_at=self._book().now(),
            worked_at=None,
            renewal_sent_at=None,
            renewal_lost_at=None,
            scopes=grant.scopes or plan.scopes,
        )

    def _plan_of(self, entry: Entry, values: SecretValues | None = None) -> _Plan:
        one = entry.connection
        if entry.integration is None:
            entry.usable()
            raise ConfigurationError(f"The integration of {one.id} was removed.")
        app = self._app(one.app)
        return _Plan(app, scheme_of(app, entry.integration), entry.integration, one, entry.values | (values or NO_VALUES))

    # The user returns

    async def complete(self, callback: Secret, entity_id: str | None, wire: Wire) -> Connection:
        """Finish the connection of a callback."""
        parameters = callback_parameters(callback)
        authorization, pending, plan = await wire.work(lambda: self._claim(parameters, entity_id))
        flow = self._scheme_of(plan.scheme.auth_mode)
        if flow is None:
            raise InvalidState(f"{plan.app.key}: {plan.scheme.auth_mode} has no callback.")
        context = self._context(plan, authorization.redirect_uri)
        try:
            grant = await drive(flow.complete(context, pending, parameters), context, wire, seconds=self._token_seconds)
        except AuthorizationError as error:
            error.redirect_url = plan.connection.redirect_url
            error.connection_id, error.app = plan.connection.id, plan.app.key
            await wire.work(functools.partial(self._fail, plan.connection, str(error)))
            raise
        return await self._take(plan, grant, flow, context, wire)

    async def _take(self, plan: _Plan, grant: Grant, flow: ConnectingScheme, context: FlowContext, wire: Wire) -> Connection:
        """Like :meth:`_grant`, for a stored connection. One that was deleted meanwhile is not restored."""
        try:
            return await wire.work(lambda: self._grant(plan, grant, stored=True))
        except ConnectedAccountNotFound:
            mine = replace(context, values=context.values | grant.values)
            await revoke_orphans(plan.connection.id, flow, mine, wire, seconds=self._token_seconds)
            raise

    def _claim(self, parameters: Mapping[str, str], entity_id: str | None) -> tuple[Authorization, SecretValues, _Plan]:
        """Return the waiting authorization and consume it: its state never works again."""
        book = self._book()
        if not parameters.get("state"):
            raise InvalidState("The callback URL has no `state`: pass the whole URL that the provider sent the user to.")
        found = book.store.get_authorization(hash_state(parameters["state"]))
        if found is None:
            raise InvalidState("The callback's `state` is unknown: no connection that was begun here waits for it.")
        authorization, sealed = found
        if entity_id is not None and authorization.entity_id != entity_id:
            raise InvalidState(
                "The callback's `state` belongs to another entity: the user who began the connection has to complete it."
            )
        now = book.now()
        if authorization.used_at is not None:
            raise InvalidState("The callback's `state` was used before: each works once. Begin the connection again.")
        if authorization.expires_at <= now:
            raise InvalidState("The callback came too late: its `state` is older than ten minutes. Begin the connection again.")
        # A missing key or a modified row must not prevent the user from returning:
        # the state is consumed only after they are read.
        pending = book.vault.open(sealed, place_of(authorization))
        plan = self._plan_of(book.entry(authorization.connection_id)).with_pending(pending)
        try:
            check_signature(self._context(plan, authorization.redirect_uri), parameters)
        except AuthorizationError as error:
            error.redirect_url = plan.connection.redirect_url
            error.connection_id, error.app = plan.connection.id, plan.app.key
            raise
        if not book.store.use_authorization(authorization.state_hash, now):
            raise InvalidState("The callback's `state` was used before: each works once. Begin the connection again.")
        return authorization, pending, plan

    def _fail(self, connection: Connection, error: str) -> None:
        """A connection that worked still does; a new one has failed, unless the provider's failure is temporary."""
        if connection.status is ConnectionStatus.INITIATED:
            self._book().change(connection, status=ConnectionStatus.FAILED, error=error)

    async def advance(self, connection_id: str, wire: Wire) -> Connection:
        """Return the connection. For a device flow, asks the provider first, no more often than it allows."""
        entry = await wire.work(lambda: self._book().entry(connection_id))
        one = entry.connection
        if one.status is not ConnectionStatus.INITIATED:
            return one
        waiting = await wire.work(lambda: self._due(one))
        if waiting is None:
            return one
        authorization, pending = waiting
        plan = await wire.work(lambda: self._plan_of(entry))
        flow = self._scheme_of(plan.scheme.auth_mode)
        if flow is None:
            return one
        context = self._context(plan, authorization.redirect_uri)
        pending = pending | {"interval": str(self._interval(authorization))}  # slow_down adds up: RFC 8628, 3.5
        try:
            answer = await drive(flow.poll(context, pending), context, wire, seconds=self._token_seconds)
        except TokenRequestFailed as error:
            if _is_final(error):
                await wire.work(functools.partial(self._fail, one, str(error)))
                raise
            log.debug("%s: asked in vain whether %s is connected: %s", one.app, one.id, error)
            return one
        except AuthorizationError as error:
            await wire.work(functools.partial(self._fail, one, str(error)))
            raise
        if isinstance(answer, Pending):
            self._patience[authorization.state_hash] = answer.interval, context.now + answer.interval
            return one
        granted = answer
        self._patience.pop(authorization.state_hash, None)
        await wire.work(lambda: self._book().store.use_authorization(authorization.state_hash, self._book().now()))
        return await self._take(plan, granted, flow, context, wire)

    def _due(self, one: Connection) -> tuple[Authorization, SecretValues] | None:
        book = self._book()
        found = book.store.waiting_authorization(one.id)
        if found is None or found[0].interval is None:
            return None
        authorization, sealed = found
        now = book.now()
        waits = now < self._patience.get(authorization.state_hash, (0.0, 0.0))[1]
        if waits or not book.store.claim_poll(
            authorization.state_hash, now=now, next_poll_at=now + self._interval(authorization)
        ):
            return None
        return authorization, book.vault.open(sealed, place_of(authorization))

    def _interval(self, authorization: Authorization) -> float:
        """Return the seconds until the next poll; the provider may have slowed it down."""
        return max(authorization.interval or 5.0, self._patience.get(authorization.state_hash, (0.0, 0.0))[0])

    # Later

    async def submit(
        self, connection_id: str, values: Mapping[str, Any], entity_id: str | None, redirect_url: str | None, wire: Wire
    ) -> ConnectionStarted:
        """Return the values that were still missing."""
        plan = await wire.work(lambda: self._again(connection_id, values, entity_id, redirect_url))
        if plan.connection.status is not ConnectionStatus.INITIATED:
            raise InvalidRequest(f"The connection {connection_id} does not wait for its user: it is {plan.connection.status}.")
        return await self._begin(plan, None, wire, waits=False)

    async def reinitiate(
        self,
        connection_id: str,
        values: Mapping[str, Any] | None,
        redirect_url: str | None,
        wire: Wire,
        *,
        scopes: Sequence[str] = (),
    ) -> ConnectionStarted:
        """Reconnect under the same id, with ``scopes`` added; until the user returns, the old credentials keep working."""
        plan = await wire.work(lambda: self._again(connection_id, values or {}, None, redirect_url))
        if scopes:
            plan = replace(plan, widened=tuple(dict.fromkeys([*plan.connection.scopes, *scopes])))
        if plan.scheme.auth_mode not in OAUTH and not values:
            require(
                plan.app, f"connecting {connection_id} again", customer_fields(plan.scheme, plan.integration.config), NO_VALUES
            )
        return await self._begin(plan, None, wire, waits=False)

    def _again(self, connection_id: str, values: Mapping[str, Any], entity_id: str | None, redirect_url: str | None) -> _Plan:
        entry = self._book().entry(connection_id, entity_id=entity_id)
        plan = self._plan_of(entry)
        given = check(plan.app, values, plan.scheme.fields, f"a connection with {plan.scheme.auth_mode}")
        if redirect_url is not None:
            check_destination(redirect_url)
            changed = self._book().change(entry.connection, redirect_url=redirect_url)
            if changed is not None:
                entry = Entry(replace(changed, values=entry.values), entry.integration)
        return self._plan_of(entry, given)

    async def delete(self, connection_id: str, wire: Wire) -> None:
        """Delete it, after revoking it at the provider if possible. Tokens stored meanwhile are revoked too."""
        store = self._book().store
        entry = await wire.work(lambda: self._book().entry(connection_id))
        for _ in range(_RENEWED_MEANWHILE):
            try:
                await self._revoke(entry, wire)
            except ComposioError as error:
                log.warning("%s was deleted here, but %s could not be told: %s", connection_id, entry.connection.app, error)
            version = entry.connection.version
            if await wire.work(functools.partial(store.delete_connection, connection_id, if_version=version)):
                return
            try:
                entry = await wire.work(lambda: self._book().entry(connection_id))
            except ConnectedAccountNotFound:  # another process was faster
                return
        await wire.work(lambda: store.delete_connection(connection_id))

    async def _revoke(self, entry: Entry, wire: Wire) -> None:
        if entry.integration is None:
            return
        plan = await wire.work(lambda: self._plan_of(entry))
        flow = self._scheme_of(plan.scheme.auth_mode)
        if flow is not None:
            context = self._context(plan, "")
            await drive(flow.revoke(context), context, wire)


def _is_final(error: TokenRequestFailed) -> bool:
    """Return whether the provider of a device flow declined finally, so that polling is useless. RFC 8628, 3.5."""
    passing = error.later or error.status is None or error.status >= 500 or error.status in {408, 425, 429}
    return not passing and error.code not in {"", "invalid_response", "temporarily_unavailable", "server_error"}


def _redirects(plan: _Plan) -> bool:
    """Return False for flows without a redirect."""
    return plan.scheme.auth_mode in OAUTH and plan.scheme.extra.get("grant_type") not in {"client_credentials", "device_code"}
