"""Keep tokens fresh: renew them before they expire, in the background, and once after a 401, by one caller for all."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from composio.accounts.book import Book, Entry, reconnect
from composio.accounts.fields import stored_scheme, with_defaults
from composio.accounts.integrations import IntegrationBook
from composio.accounts.renewals import Renewals, Why, holds
from composio.accounts.wire import Wire
from composio.auth.flow import ConnectingScheme, FlowContext
from composio.errors import ComposioError, ConnectedAccountNotFound, ConnectionNotUsable, StoreError, TokenRequestFailed
from composio.model.app import AppModel, AuthScheme
from composio.model.connection import Connection
from composio.model.credentials import Credentials
from composio.model.kept import list_trusted
from composio.model.secret import SecretValues

__all__ = ["Tokens"]

log = logging.getLogger("composio.accounts")
_FIRST_LOOK, _LONGEST_LOOK = 0.01, 0.1
# A failing endpoint is not called for this long: a hundred waiting calls must not send a hundred requests.
_PAUSE_SECONDS = 3.0
# And longer while the token is valid.
_REST_SECONDS = 30.0
# How often to check whether another process still renews a valid token.
_LOOK_SECONDS = 1.0
_MOST_TRIED = 10_000
_LATER = "Try again later."


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The last renewal of a connection seen by this process: its version, reason, end and error."""

    version: int
    why: Why
    at: float
    error: Exception | None


class Tokens:
    """Gives calls the credentials of a connection.

    ``scheme_of`` returns the registered scheme of a mode. ``token_seconds`` is the provider's time limit for new tokens,
    ``patience`` the caller's.
    """

    def __init__(
        self,
        book: Callable[[], Book],
        integrations: Callable[[], IntegrationBook],
        *,
        app: Callable[[str], AppModel],
        scheme_of: Callable[[str], ConnectingScheme | None],
        token_seconds: float,
        patience: float,
    ) -> None:
        self._book, self._integrations, self._app, self._scheme_of = book, integrations, app, scheme_of
        self._renewals = Renewals(book, self.context, seconds=token_seconds)
        self._patience = patience
        self._tried: dict[str, _Attempt] = {}

    def find(
        self,
        app: AppModel,
        entity_id: str,
        connection_id: str | None,
        *,
        any_entity: bool,
        fits: Callable[[AuthScheme], bool] = lambda _: True,
    ) -> Entry | None:
        """Return the entity's connection. See ``composio.engine.credentials.Connections``."""
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
        """Return the newest usable connection whose scheme fits. One with a removed scheme counts too."""

        def suits(one: Connection) -> bool:
            scheme = stored_scheme(app, one.scheme, one.auth_mode)
            return scheme is None or fits(scheme)

        book = self._book()
        entry = book.newest_usable(app.key, entity_id)
        if entry is None or suits(entry.connection):
            return entry
        known = book.store.list_connections(app=app.key, entity_ids=(entity_id,), active=True)
        return next((book.entry(one.id) for one in known if suits(one)), None)

    async def fresh(self, entry: Entry, wire: Wire, *, beyond: int | None = None, asked: bool = False) -> Entry:
        """Return ``entry`` with tokens that work now. ``beyond`` renews versions up to that one.

        A valid token is renewed in the background. For an expired one the caller waits as long as for an API. ``asked`` forces
        a renewal of a valid token. Raises ``TokenRequestFailed``, and ``StoreError`` if a new token can't be stored.
        """
        one, now = entry.connection, self._book().now()
        if not _is_wanted(one, now, beyond) or (flow := self._scheme_of(one.auth_mode)) is None:
            return entry
        if beyond is not None or not holds(one, now):
            return await self._await_renewal(entry, flow, wire, beyond, Why.ASKED if asked else Why.NEEDED)
        # If a response was lost, the current token is used until it expires.
        if one.renewal_lost_at is None and not self._was_tried(one):
            await wire.start(one.id, functools.partial(self._renewal, entry, flow, Why.AHEAD))
        return entry

    async def _await_renewal(self, entry: Entry, flow: ConnectingScheme, wire: Wire, beyond: int | None, why: Why) -> Entry:
        """Return ``entry`` after its renewal, here, by an earlier caller, or in another process."""
        until, first = time.monotonic() + self._patience, entry.connection.version
        look = _FIRST_LOOK
        while _is_wanted(entry.connection, self._book().now(), beyond):
            if (failed := self._recently_failed(entry.connection)) is not None:
                raise _not_renewed(entry.connection, failed)
            going = await wire.start(entry.connection.id, functools.partial(self._renewal, entry, flow, why))
            try:
                renewed = await wire.outcome(going, max(0.0, until - time.monotonic()))
            except TimeoutError:
                raise self._explain_pending(entry.connection) from None
            except TokenRequestFailed as error:
                raise _not_renewed(entry.connection, error) from None
            except StoreError as error:
                raise _explain_unstored(entry.connection, error) from None
            if renewed is not None and renewed.connection.version > first:
                return renewed
            if time.monotonic() > until:
                raise self._explain_pending(entry.connection)
            await wire.sleep(look)
            look = min(look * 1.6, _LONGEST_LOOK)
            entry = self._book().entry(entry.connection.id).usable()
        return entry

    async def _renewal(self, entry: Entry, flow: ConnectingScheme, why: Why, wire: Wire) -> Entry | None:
        """Renew in the background."""
        one = entry.connection
        error: Exception | None = None
        try:
            return await self._renewals.renew(entry, flow, why, wire)
        except Exception as raised:
            error = raised
            if why is Why.AHEAD:  # nobody else sees the error
                told = str(error) if isinstance(error, ComposioError) else type(error).__name__
                log.info("%s: %s was not renewed ahead of its end: %s", one.app, one.id, told)
            raise
        finally:
            if len(self._tried) >= _MOST_TRIED:
                self._tried.clear()
            self._tried[one.id] = _Attempt(one.version, why, time.monotonic(), error)

    def _was_tried(self, one: Connection) -> bool:
        """Return whether an early renewal would be one too many."""
        tried = self._tried.get(one.id)
        if tried is None or tried.version != one.version:
            return False
        return time.monotonic() - tried.at < (_LOOK_SECONDS if tried.error is None else _REST_SECONDS)

    def _recently_failed(self, one: Connection) -> TokenRequestFailed | None:
        tried = self._tried.get(one.id)
        if tried is None or tried.version != one.version or tried.why is Why.AHEAD:
            return None
        if time.monotonic() - tried.at >= _PAUSE_SECONDS:
            return None
        return tried.error if isinstance(tried.error, TokenRequestFailed) else None

    def _explain_pending(self, one: Connection) -> TokenRequestFailed:
        told = f"its provider has not answered in {self._patience:g} seconds, and is still waited for."
        return _not_renewed(one, TokenRequestFailed(told, later=True))

    def as_known(self, one: Connection) -> Connection:
        """Return ``one`` with what is known about an unanswered renewal."""
        return self._renewals.as_known(one)

    def context(self, entry: Entry) -> FlowContext:
        """Return the context for a flow of this connection."""
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
        """Return the scheme of a connection. Raises ``ConnectionNotUsable`` if its app's definition lost it."""
        one = entry.connection
        found = stored_scheme(app, one.scheme, one.auth_mode)
        if found is None:
            raise ConnectionNotUsable(
                one.app,
                one.id,
                f"The connection {one.id} of {one.entity_id!r} to {one.app} was made with the scheme {one.scheme}"
                f" ({one.auth_mode}), which the app's integration.yaml no longer has, so nothing can be signed with it. Put the"
                f" scheme back there. {reconnect(one, anew=True)}",
            )
        return found

    def credentials(self, app: AppModel, entry: Entry) -> Credentials:
        """Return the signer of a call."""
        for known, made in entry.signing:
            if known is app:
                return made
        made = self._credentials(app, entry)
        if made.scheme is None or made.scheme.auth_mode != "OAUTH1":  # its client may be the operator's, who may change it
            entry.signing[:] = [(app, made)]
        return made

    def _credentials(self, app: AppModel, entry: Entry) -> Credentials:
        scheme = self.scheme(app, entry)
        integration = entry.integration
        limited = integration.limited_actions if integration else None
        return Credentials(
            "connection",
            scheme=scheme,
            values=with_defaults(scheme, self._signing(app, scheme, entry) | entry.values),
            connection=entry.connection,
            foreign=frozenset(entry.values) - list_trusted(scheme.extra, entry.values),
            limited_actions=None if limited is None else frozenset(name.upper() for name in limited),
        )

    def _signing(self, app: AppModel, scheme: AuthScheme, entry: Entry) -> SecretValues:
        """Return the developer's values for signing. OAuth 1 signs every request with the client's secret."""
        if scheme.auth_mode == "OAUTH1" and entry.integration is not None:
            return self._integrations().client(app, scheme, entry.integration)
        return entry.config


def _is_wanted(one: Connection, now: float, beyond: int | None) -> bool:
    if beyond is not None:
        return one.version <= beyond
    return one.refresh_at is not None and one.refresh_at <= now


def _not_renewed(one: Connection, error: TokenRequestFailed) -> TokenRequestFailed:
    """Return the error of a caller whose connection was not renewed: the provider's response, and what helps."""
    said = str(error).removesuffix(_LATER).rstrip()
    hint = _advice(one, error) if error.later or error.wrong_client or not error.hint else ""
    return TokenRequestFailed(
        f"The connection {one.id} to {one.app} could not be renewed: {said} {hint}".rstrip(),
        code=error.code,
        later=error.later,
        wrong_client=error.wrong_client,
        hint=hint or error.hint,
    )


def _explain_unstored(one: Connection, error: StoreError) -> StoreError:
    """Return the error of a caller whose token could not be stored; it does not ask to reconnect."""
    return StoreError(
        f"The connection {one.id} to {one.app} needs a new token, which can't be kept here. {error}"
        f" Or renew it where they can be written: `composio connections refresh {one.id}`."
    )


def _advice(one: Connection, error: TokenRequestFailed) -> str:
    """Return the hint, unless the error has one."""
    if error.wrong_client:
        return f"The integration is {one.integration_id}; once that is fixed, its connections work again."
    unanswered = error.status is None or error.status >= 500 or error.code == "invalid_response"
    if error.later or unanswered:
        return _LATER
    return (
        f"If it is refused again, check the client_id and client_secret of the integration {one.integration_id}."
        f" If they are right, its user has to connect again. {reconnect(one)}"
    )
