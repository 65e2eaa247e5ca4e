"""The account service for surfaces, and the engine's source of credentials."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, Unpack

from composio.accounts.book import Book, Entry, unknown
from composio.accounts.clients import OAuthClients
from composio.accounts.connect import Connecting
from composio.accounts.fields import client_fields, customer_fields, scheme_named, scheme_of
from composio.accounts.integrations import IntegrationBook
from composio.accounts.keeping import DATABASE, Keeping
from composio.accounts.redirects import VARIABLE as REDIRECT_URI
from composio.accounts.redirects import find_redirect
from composio.accounts.tokens import Tokens
from composio.accounts.wire import Wire
from composio.auth.flow import ConnectingScheme, connecting
from composio.callback.listener import CallbackListener
from composio.errors import ConfigurationError, IntegrationNotFound, StoreError, TokenRequestFailed, UsageError
from composio.model.action import ActionModel
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.connection import (
    Connection,
    ConnectionFilter,
    ConnectionPage,
    ConnectionQuery,
    ConnectionStarted,
    Integration,
    IntegrationChange,
    NewConnection,
    NewIntegration,
)
from composio.model.credentials import Credentials
from composio.model.secret import NO_VALUES, hide_text
from composio.process.forks import cached, lock

if TYPE_CHECKING:
    from composio.store.store import Store

__all__ = ["DATABASE", "Accounts"]

log = logging.getLogger("composio.accounts")
T = TypeVar("T")


class BeforeDelete(Protocol):
    """Runs before a connection, or an integration with all its connections, is deleted, while calls still work."""

    def __call__(
        self, project: str, *, connection_id: str | None = None, integration_id: str | None = None
    ) -> Coroutine[Any, Any, object]: ...


class Accounts:
    """See :class:`composio.backend.AccountService` and :class:`composio.engine.credentials.Connections`.

    ``keeping`` stores the accounts of ``project``. Nothing is created before the first integration. ``clients`` are the
    operator's OAuth clients, if shared. ``listener`` is the default redirect target. ``wire`` sends requests for surfaces;
    calls bring their own. ``probe`` requests an app's ``get_current_user_endpoint`` with a connection and raises if that fails.
    ``token_seconds`` is the provider's time limit for exchanging tokens, ``patience`` a call's. See :class:`BeforeDelete`.
    """

    def __init__(
        self,
        *,
        keeping: Keeping,
        clients: OAuthClients,
        listener: CallbackListener,
        environ: Mapping[str, str],
        app: Callable[[str], AppModel],
        action: Callable[[str], ActionModel],
        schemes: Callable[[], Mapping[str, str]],
        wire: Wire,
        probe: Callable[[AppModel, Connection], Any],
        token_seconds: float,
        patience: float,
        before_delete: BeforeDelete | None = None,
        project: str = "",
    ) -> None:
        self.project = project
        self._keeping, self._clients, self._listener = keeping, clients, listener
        self._environ, self._wire, self._probe = environ, wire, probe
        self._before_delete = before_delete
        self._app, self._action, self._schemes = app, action, schemes
        self._lock = lock()
        self._opened: Book | None = None
        self._worked: set[tuple[str, int]] = set()  # connections, by version, already recorded as working
        self._connecting = Connecting(
            self._book,
            self._integrations,
            app=app,
            scheme_of=self._scheme_of,
            redirect=self._redirect_uri,
            token_seconds=token_seconds,
        )
        self._tokens = Tokens(
            self._book, self._integrations, app=app, scheme_of=self._scheme_of, token_seconds=token_seconds, patience=patience
        )

    @property
    def _store(self) -> Store:
        return self._book().store

    def _book(self) -> Book:
        if self._opened is None:
            with self._lock:
                if self._opened is None:
                    self._opened = self._keeping.open_book(self.project)
        return self._opened

    def _holds_any(self) -> bool:
        """Return False if nothing was ever stored; then nothing is opened, loaded or created."""
        return self._keeping.holds_any()

    @cached
    def _read_integrations(self) -> IntegrationBook:
        return IntegrationBook(self._book(), self._clients, action=self._action, redirect_uri=self._show_redirect_uri)

    def _integrations(self) -> IntegrationBook:
        return self._read_integrations

    def _scheme_of(self, mode: str) -> ConnectingScheme | None:
        reference = self._schemes().get(mode)
        return None if reference is None else connecting(reference)

    def _redirect_uri(self, asked: str | None, integration: Integration, scheme: AuthScheme) -> str:
        configured = find_redirect(asked, integration, scheme, self._environ)
        if configured is None:
            return self._listener.expect()
        self._listener.listen_for(configured)
        return configured

    @property
    def redirect_uri(self) -> str:
        """Return the default redirect URI, for apps and integrations without one; starts nothing."""
        return self._environ.get(REDIRECT_URI, "").strip() or self._listener.usual_uri

    def _show_redirect_uri(self, app: AppModel, scheme: AuthScheme, integration: Integration | None) -> str:
        del app
        return find_redirect(None, integration, scheme, self._environ) or self._listener.usual_uri

    # Integrations

    def shared_clients(self, apps: Sequence[str]) -> frozenset[str]:
        """Return those of ``apps`` with an OAuth client of the operator. Blocking."""
        return self._clients.known(apps)

    async def create_integration(self, request: NewIntegration) -> Integration:
        return await self._wire.work(lambda: self._tell(self._integrations().create(self._app(request.app), request)))

    def _tell(self, integration: Integration) -> Integration:
        """Add the fields for its users, if its app and scheme are still known."""
        try:
            scheme = scheme_of(self._app(integration.app), integration)
        except (UsageError, ConfigurationError):  # an app that is gone or has a broken file; list the others
            return integration
        return replace(integration, expected=customer_fields(scheme, integration.config))

    async def integrations(
        self, *, app: str | None = None, auth_mode: str | None = None, disabled: bool = False, limit: int | None = None
    ) -> list[Integration]:
        def listed() -> list[Integration]:
            key = None if app is None else self._app(app).key
            mode = auth_mode.strip().upper() if auth_mode else None
            if not self._holds_any():
                return []
            known = self._book().integrations(app=key, auth_mode=mode, disabled=disabled, limit=limit)
            return [self._tell(one) for one in known]

        return await self._wire.work(listed)

    async def integration(self, integration_id: str) -> Integration:
        return await self._wire.work(lambda: self._tell(self._book().integration(integration_id)))

    async def integrations_of(self, connections: Sequence[Connection]) -> dict[str, Integration]:
        """Return the integrations of some connections, by id, without removed ones."""

        def found() -> dict[str, Integration]:
            known: dict[str, Integration] = {}
            for id in dict.fromkeys(one.integration_id for one in connections):  # noqa: A001 - the field's name
                with suppress(IntegrationNotFound):
                    known[id] = self._tell(self._book().integration(id))
            return known

        return await self._wire.work(found)

    async def update_integration(self, integration_id: str, change: IntegrationChange) -> Integration:
        def update() -> Integration:
            integration = self._book().integration(integration_id)
            return self._tell(self._integrations().update(self._app(integration.app), integration, change))

        return await self._wire.work(update)

    async def has_client(self, app: str) -> bool:
        """Return whether the operator set an OAuth client for an app."""
        return await self._wire.work(lambda: self._clients.find(self._app(app).key) is not None)

    async def remove_integration(self, integration_id: str) -> None:
        def remove() -> None:
            self._book().integration(integration_id)
            self._book().store.delete_integration(integration_id)

        if self._before_delete is not None:
            await self._wire.work(lambda: self._book().integration(integration_id))
            await self._before_delete(self.project, integration_id=integration_id)
        await self._wire.work(remove)

    # Connections

    async def initiate(self, request: NewConnection) -> ConnectionStarted:
        return _show(await self._connecting.initiate(request, self._wire))

    async def complete(self, callback_url: str, *, entity_id: str | None = None) -> Connection:
        callback, callback_url = hide_text(callback_url or ""), ""  # the URL has a code, which this frame need not show
        # A code works once: if the caller leaves during the exchange, the user is still connected.
        return _close(await self._whole(lambda wire: self._connecting.complete(callback, entity_id, wire)))

    async def _whole(self, function: Callable[[Wire], Coroutine[Any, Any, T]]) -> T:
        """Return the result of ``function``, which runs to its end even if the caller leaves."""
        return await self._wire.outcome(await self._wire.start(secrets.token_hex(8), function))

    async def submit(
        self, connection_id: str, values: Mapping[str, Any], *, entity_id: str | None = None, redirect_url: str | None = None
    ) -> ConnectionStarted:
        return _show(await self._connecting.submit(connection_id, values, entity_id, redirect_url, self._wire))

    async def advance(self, connection_id: str) -> Connection:
        return _close(await self._whole(lambda wire: self._connecting.advance(connection_id, wire)))

    async def connections(self, **which: Unpack[ConnectionFilter]) -> list[Connection]:
        def listed() -> list[Connection]:
            app = which.get("app")
            wanted: ConnectionFilter = {**which, "app": None if app is None else self._app(app).key}
            if not self._holds_any():
                return []
            found = self._book().store.list_connections(**wanted)
            return [self._tokens.as_known(one) for one in found]

        return await self._wire.work(listed)

    async def page_connections(self, query: ConnectionQuery) -> ConnectionPage:
        """One page of connections, without their values."""

        def listed() -> ConnectionPage:
            wanted = replace(query, apps=[self._app(name).key for name in query.apps])
            if not self._holds_any():
                return ConnectionPage(items=(), next=None, total=0)
            page = self._book().store.page_connections(wanted)
            return replace(page, items=[_close(self._tokens.as_known(one)) for one in page.items])

        return await self._wire.work(listed)

    async def count_connections(self, integration_ids: Sequence[str]) -> Mapping[str, int]:
        """Count the connections of each integration, up to 10,000."""

        def counted() -> Mapping[str, int]:
            return self._book().store.count_connections(integration_ids) if self._holds_any() else {}

        return await self._wire.work(counted)

    async def connection(self, connection_id: str, *, entity_id: str | None = None, values: bool = False) -> Connection:
        found = await self._wire.work(lambda: self._tokens.as_known(self._entry(connection_id, entity_id).connection))
        return found if values else _close(found)

    def _entry(self, connection_id: str, entity_id: str | None = None) -> Entry:
        return self._book().entry(connection_id, entity_id=entity_id)

    async def update_connection(
        self, connection_id: str, *, enabled: bool | None = None, labels: Sequence[str] | None = None
    ) -> Connection:
        changes: dict[str, Any] = {} if enabled is None else {"enabled": enabled}
        if labels is not None:
            changes["labels"] = tuple(labels)

        def update() -> Connection:
            one = self._entry(connection_id).connection
            changed = self._book().change(one, **changes) if changes else one
            return _close(changed or self._entry(connection_id).connection)

        return await self._wire.work(update)

    async def refresh_connection(self, connection_id: str) -> Connection:
        entry = await self._wire.work(lambda: self._entry(connection_id).usable())
        fresh = await self._tokens.fresh(entry, self._wire, beyond=entry.connection.version, asked=True)
        return _close(fresh.connection)

    async def reinitiate(
        self,
        connection_id: str,
        *,
        values: Mapping[str, Any] | None = None,
        redirect_url: str | None = None,
        scopes: Sequence[str] = (),
    ) -> ConnectionStarted:
        return _show(await self._connecting.reinitiate(connection_id, values, redirect_url, self._wire, scopes=scopes))

    async def delete_connection(self, connection_id: str) -> None:
        if self._before_delete is not None:
            await self._before_delete(self.project, connection_id=connection_id)
        await self._connecting.delete(connection_id, self._wire)
        self._book().forget(connection_id)

    async def check_connection(self, connection_id: str) -> Connection:
        entry = await self._wire.work(lambda: self._entry(connection_id).usable())
        await self._probe(self._app(entry.connection.app), entry.connection)
        return await self.connection(connection_id)

    async def expected_fields(
        self, app: str, auth_mode: str | None = None, *, integration_id: str | None = None, customer: bool
    ) -> tuple[AuthScheme, list[AuthField]]:
        def found() -> tuple[AuthScheme, list[AuthField]]:
            model, client = self._app(app), NO_VALUES
            if integration_id is not None:
                integration = self._book().integration(integration_id)
                model, client = self._app(integration.app), integration.config
                scheme = scheme_of(model, integration)
            elif auth_mode is not None:
                scheme = scheme_named(model, auth_mode)
            else:
                scheme = self._integrations().scheme_for(model)
            if customer:
                return scheme, list(customer_fields(scheme, client))
            return scheme, [one for one in client_fields(scheme) if one not in customer_fields(scheme, client)]

        return await self._wire.work(found)

    # For calls

    async def find(
        self,
        app: AppModel,
        entity_id: str,
        connected_account_id: str | None,
        io: Wire,
        *,
        any_entity: bool = False,
        fresh: bool = True,
        fits: Callable[[AuthScheme], bool] = lambda _: True,
    ) -> Credentials | None:
        if self._opened is None:
            # The first call opens the file, and may have to migrate it.
            if not await io.work(self._holds_any):
                if connected_account_id is not None:
                    raise unknown(connected_account_id, None if any_entity else entity_id)
                return None
            await io.work(self._book)
        entry = self._tokens.find(app, entity_id, connected_account_id, any_entity=any_entity, fits=fits)
        if entry is None:
            return None
        return self._tokens.credentials(app, await self._tokens.fresh(entry, io) if fresh else entry)

    async def renewed(self, credentials: Credentials, io: Wire) -> Credentials | None:
        one = credentials.connection
        if one is None or self._scheme_of(one.auth_mode) is None:
            return None
        try:
            entry = await self._tokens.fresh(self._entry(one.id).usable(), io, beyond=one.version)
        except TokenRequestFailed as error:
            # Not only the API's words, after which users would reconnect.
            refused = f"{self._app(one.app).name} refused the token of this connection. {error}"
            raise TokenRequestFailed(refused, code=error.code, status=401) from None
        if entry.connection.version == one.version:
            return None
        return self._tokens.credentials(self._app(one.app), entry)

    async def worked(self, credentials: Credentials, io: Wire) -> None:
        """Record once that the API accepted a connection; a read-only database does not fail the call."""
        one = credentials.connection
        if one is None or one.worked_at is not None or (one.id, one.version) in self._worked:
            return
        self._worked.add((one.id, one.version))
        book = self._book()
        try:
            await io.work(lambda: book.change(one, if_version=one.version, worked_at=book.now()))
        except StoreError as error:
            log.debug("%s: that %s works can't be kept: %s", one.app, one.id, error)

    def why(self, app: str, entity_id: str) -> tuple[str, str] | None:
        """Return the entity's newest unusable connection to an app, as id and reason; None if there is none."""
        if not self._holds_any():
            return None
        entry = self._book().newest(app, entity_id)
        if entry is None or not (obstacle := entry.obstacle()):
            return None
        return entry.connection.id, obstacle

    def count(self, app: str) -> int:
        """Count the stored connections to an app, of all entities and in any status. Blocking."""
        return len(self._book().store.list_connections(app=app)) if self._holds_any() else 0

    def close(self) -> None:
        """Close the listener and the caches. Using the service again opens them again."""
        self._listener.close()
        if self._opened is not None:
            self._opened.close()


def _close(connection: Connection) -> Connection:
    """Without its values: they were not requested."""
    return replace(connection, values=NO_VALUES) if connection.values else connection


def _show(started: ConnectionStarted) -> ConnectionStarted:
    return replace(started, connection=_close(started.connection))
