"""Tokens stay fresh: renewed before they end and once after a 401, by one caller for all.

Whoever holds the lease in the database renews; everybody else, in this process or another, waits and reads again. The new token
is stored before anyone uses it.
"""

from __future__ import annotations

import functools
import logging
import secrets
import time
from collections.abc import Callable

from composio.accounts.book import Book, Entry, reconnect
from composio.accounts.fields import stored_scheme, with_defaults
from composio.accounts.integrations import Integrations
from composio.accounts.wire import Wire, drive
from composio.auth.flow import ConnectingScheme, FlowContext, Grant
from composio.errors import ConnectedAccountNotFound, ConnectionNotUsable, GrantExpired, TokenRequestFailed
from composio.forks import lock
from composio.model.app import AppModel, AuthScheme
from composio.model.connection import Connection, ConnectionStatus
from composio.model.credentials import Credentials
from composio.model.kept import trusted
from composio.model.secret import SecretValues

__all__ = ["Tokens"]

log = logging.getLogger("composio.accounts")
# Longer than a request to a token endpoint may take, so that a lease ends only with its owner.
LEASE_SECONDS = 25.0
_WAIT_SECONDS = 60.0
_FIRST_LOOK, _LONGEST_LOOK = 0.01, 0.1
# A failing endpoint is left alone for so long: a hundred waiting calls must not become a hundred requests.
_PAUSE_SECONDS = 3.0
_LATER = "Try again later."


class Tokens:
    """Gives calls the credentials of a connection. ``scheme_of`` gives what a mode registered."""

    def __init__(
        self,
        book: Callable[[], Book],
        integrations: Callable[[], Integrations],
        *,
        app: Callable[[str], AppModel],
        scheme_of: Callable[[str], ConnectingScheme | None],
    ) -> None:
        self._book, self._integrations, self._app, self._scheme_of = book, integrations, app, scheme_of
        self._lock = lock()
        self._failed: dict[str, tuple[int, float, str]] = {}

    def find(
        self,
        app: AppModel,
        entity_id: str,
        connection_id: str | None,
        *,
        any_entity: bool,
        fits: Callable[[AuthScheme], bool] = lambda _: True,
    ) -> Entry | None:
        """The entity's connection. See ``composio.engine.credentials.Connections``."""
        if connection_id is None:
            entry = self._newest(app, entity_id, fits)
            if entry is None:
                return None
        else:
            entry = self._book().entry(connection_id, entity_id=None if any_entity else entity_id)
            if entry.connection.app != app.key:
                raise ConnectedAccountNotFound(
                    connection_id,
                    f"The connection {connection_id} is to {entry.connection.app}, not to {app.key}; leave it out for this call.",
                    app=app.key,
                )
        return entry.usable()

    def _newest(self, app: AppModel, entity_id: str, fits: Callable[[AuthScheme], bool]) -> Entry | None:
        """The newest usable connection whose scheme fits. One whose scheme is gone counts too: no call may ignore it."""

        def suits(one: Connection) -> bool:
            scheme = stored_scheme(app, one.scheme, one.auth_mode)
            return scheme is None or fits(scheme)

        book = self._book()
        entry = book.newest_usable(app.key, entity_id)
        if entry is None or suits(entry.connection):
            return entry
        known = book.store.list_connections(app=app.key, entity_ids=(entity_id,), usable=True)
        return next((book.entry(one.id) for one in known if suits(one)), None)

    async def fresh(self, entry: Entry, wire: Wire, *, beyond: int | None = None) -> Entry:
        """``entry`` with tokens that can be used now. ``beyond`` renews whatever is not newer than that version."""
        waited_until = time.monotonic() + _WAIT_SECONDS
        look = _FIRST_LOOK
        while True:
            one, now = entry.connection, self._book().now()
            wanted = one.version <= beyond if beyond is not None else one.refresh_at is not None and one.refresh_at <= now
            if not wanted or (flow := self._scheme_of(one.auth_mode)) is None:
                return entry
            if (failed := self._recently_failed(entry)) is not None:
                return self._as_it_is(entry, now, failed, forced=beyond is not None)
            renewed = await wire.whole(functools.partial(self._renewed, entry, flow, forced=beyond is not None))
            if renewed is not None:
                return renewed
            if time.monotonic() > waited_until:
                return self._as_it_is(entry, now, "somebody else renews it and does not come to an end", forced=True)
            await wire.sleep(look)
            look = min(look * 1.6, _LONGEST_LOOK)
            entry = self._book().entry(one.id).usable()

    async def _renewed(self, entry: Entry, flow: ConnectingScheme, wire: Wire, *, forced: bool) -> Entry | None:
        """``entry`` with new tokens; None where somebody else holds the lease, or was faster."""
        one, book, owner = entry.connection, self._book(), secrets.token_hex(8)
        if not await wire.work(
            lambda: book.store.take_lease(one.id, owner, now=book.now(), seconds=LEASE_SECONDS, if_version=one.version)
        ):
            return None
        if (failed := self._recently_failed(entry)) is not None:  # while this one waited for the database
            book.store.drop_lease(one.id, owner)
            return self._as_it_is(entry, book.now(), failed, forced=forced)
        return await self._renew(entry, flow, owner, wire, forced=forced)

    async def _renew(self, entry: Entry, flow: ConnectingScheme, owner: str, wire: Wire, *, forced: bool) -> Entry:
        """Renew under a lease that is held; whatever happens, the lease is given back."""
        one = entry.connection
        stored = False
        try:
            context = self.context(entry)
            grant = await drive(flow.renew(context), context, wire)
            stored = await wire.work(lambda: self._store(entry, grant, owner))
            return self._book().entry(one.id).usable()
        except GrantExpired as error:
            # Only while it is what was refused: who connected again meanwhile, or renewed without the lease, had more luck.
            stored = await wire.work(functools.partial(self._expire, entry, owner, str(error)))
            return self._book().entry(one.id).usable()
        except TokenRequestFailed as error:
            with self._lock:
                self._failed[one.id] = (one.version, time.monotonic() + _PAUSE_SECONDS, str(error))
            return self._as_it_is(entry, self._book().now(), str(error), forced=forced)
        finally:
            if not stored:
                self._book().store.drop_lease(one.id, owner)

    def _store(self, entry: Entry, grant: Grant, owner: str) -> bool:
        one = entry.connection
        changed = self._book().change(
            one,
            values=entry.values | grant.values,
            owner=owner,
            # Whoever connected again meanwhile has the newer grant.
            if_version=one.version,
            error=None,
            expires_at=grant.expires_at,
            refresh_at=grant.refresh_at,
            **({"scopes": grant.scopes} if grant.scopes else {}),
        )
        return changed is not None

    def _expire(self, entry: Entry, owner: str, error: str) -> bool:
        one = entry.connection
        log.warning("%s: the provider no longer takes the connection %s", one.app, one.id)
        changed = self._book().change(one, owner=owner, if_version=one.version, status=ConnectionStatus.EXPIRED, error=error)
        return changed is not None

    def _recently_failed(self, entry: Entry) -> str | None:
        with self._lock:
            version, until, error = self._failed.get(entry.connection.id, (-1, 0.0, ""))
            if version == entry.connection.version and time.monotonic() < until:
                return error
            self._failed.pop(entry.connection.id, None)
            return None

    def _as_it_is(self, entry: Entry, now: float, error: str, *, forced: bool) -> Entry:
        """The old token where it still holds. Raises ``TokenRequestFailed`` where it does not."""
        one = entry.connection
        if not forced and one.expires_at is not None and now < one.expires_at:
            return entry
        told = f"{error.removesuffix(_LATER).rstrip()} {_LATER}"
        raise TokenRequestFailed(f"The connection {one.id} to {one.app} could not be renewed: {told}")

    def context(self, entry: Entry) -> FlowContext:
        """What a flow of this connection gets."""
        one = entry.connection
        app = self._app(one.app)
        scheme = self.scheme(app, entry)
        integration = entry.usable().integration
        assert integration is not None
        return FlowContext(
            app=app,
            scheme=scheme,
            client=self._integrations().client(app, scheme, integration),
            values=with_defaults(scheme, entry.values),
            scopes=one.scopes,
            now=self._book().now(),
        )

    def scheme(self, app: AppModel, entry: Entry) -> AuthScheme:
        """The scheme of a connection. Raises ``ConnectionNotUsable`` where its app's definition lost it."""
        one = entry.connection
        found = stored_scheme(app, one.scheme, one.auth_mode)
        if found is None:
            raise ConnectionNotUsable(
                one.app,
                one.id,
                f"The connection {one.id} of {one.entity_id!r} to {one.app} was made with the scheme {one.scheme}"
                f" ({one.auth_mode}), which the app's integration.yaml has no more, so nothing can be signed with it. Put the"
                f" scheme back there. {reconnect(one, anew=True)}",
            )
        return found

    def credentials(self, app: AppModel, entry: Entry) -> Credentials:
        """What signs a call."""
        scheme = self.scheme(app, entry)
        integration = entry.integration
        limited = integration.limited_actions if integration else None
        return Credentials(
            "connection",
            scheme=scheme,
            values=with_defaults(scheme, self._signing(app, scheme, entry) | entry.values),
            connection=entry.connection,
            foreign=frozenset(entry.values) - trusted(scheme.extra, entry.values),
            limited_actions=None if limited is None else frozenset(name.upper() for name in limited),
        )

    def _signing(self, app: AppModel, scheme: AuthScheme, entry: Entry) -> SecretValues:
        """The developer's values that sign. OAuth 1 signs every request with the client's secret, be it the shared one's."""
        if scheme.auth_mode == "OAUTH1" and entry.integration is not None:
            return self._integrations().client(app, scheme, entry.integration)
        return entry.config
