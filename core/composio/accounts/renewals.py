"""Exchange a connection's tokens one request at a time, across processes.

The holder of a lease in the database makes the exchange. It records on disk that it sends the tokens before it does, and stores
the new tokens before anyone uses them. An exchange ends with its response, with its process, or after a minute. Until then the
same tokens are not sent again: providers that rotate refresh tokens revoke all tokens of a user when one is reused. If a
response is lost, the old access token is used until it expires. Then the exchange is retried once, and the provider's response
to that decides.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from typing import Any, Final

from composio.accounts.book import Book, Entry
from composio.accounts.revoking import revoke_orphans
from composio.accounts.wire import Wire, drive
from composio.auth.flow import ConnectingScheme, FlowContext, Grant
from composio.errors import ConnectedAccountNotFound, GrantExpired, StoreError, TokenRequestFailed
from composio.model.connection import Connection, ConnectionStatus, as_time
from composio.model.secret import Secret

__all__ = ["Renewals", "Why", "holds"]

log = logging.getLogger("composio.accounts")
# A lease outlives its exchange by the time that storing the response may take.
_SLACK_SECONDS = 10.0
# How long to retry storing new tokens while the database can't be written, for example during a backup.
_STORE_SECONDS = 300.0
_STORE_PAUSE = 0.5
_KILLED: Final = "the process that waited for it ended"
# Statuses of a gateway or a crash: the request may have been processed. 501, 503 and 505 say that it was not.
_NOT_BEGUN: Final = frozenset({501, 503, 505})


class Why(Enum):
    """The reason of a renewal, which decides what a failure means."""

    AHEAD = "ahead"  # the token is valid, but not for long: nobody waits, and a failure ends nothing
    ASKED = "asked"  # new tokens are requested although the current ones are valid
    NEEDED = "needed"  # the token has expired, or the API refused it


class _Outrun(Exception):
    """The lease was lost before anything was sent."""


def holds(one: Connection, now: float) -> bool:
    """Return whether the access token is still valid, as far as is known."""
    return one.expires_at is None or now < one.expires_at


class Renewals:
    """Exchanges connections' tokens. ``seconds`` is the provider's time limit."""

    def __init__(self, book: Callable[[], Book], context: Callable[[Entry], FlowContext], *, seconds: float) -> None:
        self._book, self._context, self._seconds = book, context, seconds

    async def renew(self, entry: Entry, flow: ConnectingScheme, why: Why, wire: Wire) -> Entry | None:
        """Return ``entry`` with new tokens, or in its final state if the provider no longer accepts it.

        None if nothing was sent because another process renews it or was faster, or if the old token is still used. Raises
        ``TokenRequestFailed``.
        """
        store, one = self._book().store, entry.connection
        with store.owner() as owner:
            if not await wire.work(lambda: self._lease(one, owner)):
                return None
            try:
                return await self._renew(one.id, owner, flow, why, wire)
            finally:
                # Where it was not given back with what came of it. If the database can't be written, its end is noticed as ours is.
                with suppress(StoreError):
                    store.drop_lease(one.id, owner)

    def _lease(self, one: Connection, owner: str) -> bool:
        """Take the lease, even from a dead owner."""
        book = self._book()
        take = functools.partial(
            book.store.take_lease, one.id, owner, seconds=self._seconds + _SLACK_SECONDS, if_version=one.version
        )
        if take(now=book.now()):
            return True
        held = book.store.lease_of(one.id)
        return held is not None and book.store.is_alive(held[0]) is False and take(now=book.now(), instead_of=held[0])

    async def _renew(self, connection_id: str, owner: str, flow: ConnectingScheme, why: Why, wire: Wire) -> Entry | None:
        """Exchange under the lease."""
        book = self._book()
        entry = await wire.work(lambda: self._mark_unanswered(book.entry(connection_id).usable()))
        one = entry.connection
        if one.renewal_lost_at is not None:
            if why is not Why.NEEDED and holds(one, book.now()):
                if why is Why.ASKED:
                    raise TokenRequestFailed(one.diagnostic or "")
                return None
            log.info("%s: retrying to renew %s, after an answer was lost", one.app, one.id)
        context, sent_at = self._context(entry), 0.0

        async def mark() -> None:
            nonlocal sent_at
            if not sent_at:
                now = book.now()
                marked = functools.partial(
                    book.store.mark_sent, one.id, owner, now=now, seconds=self._seconds + _SLACK_SECONDS, if_version=one.version
                )
                if not await wire.work(marked):
                    raise _Outrun
                sent_at = now

        try:
            grant = await drive(flow.renew(context), context, wire, seconds=self._seconds, sending=mark)
        except _Outrun:
            return None
        except GrantExpired as error:
            return await wire.work(functools.partial(self._refuse, entry, owner, why, error))
        except TokenRequestFailed as error:
            lost = bool(sent_at) and _may_have_worked(error)
            await wire.work(functools.partial(self._fail, entry, owner, sent_at if lost else None, str(error)))
            raise
        except BaseException:
            if sent_at:
                self._fail(entry, owner, sent_at, "it was broken off")
            raise
        return await self._store_or_revoke(entry, owner, grant, flow, context, wire)

    # Outcomes

    async def _store_or_revoke(
        self, entry: Entry, owner: str, grant: Grant, flow: ConnectingScheme, context: FlowContext, wire: Wire
    ) -> Entry:
        """Like :meth:`_store`, but revoke the tokens if the connection was deleted meanwhile."""
        try:
            return await self._store(entry, owner, grant, wire)
        except ConnectedAccountNotFound:
            mine = replace(context, values=context.values | grant.values)
            await revoke_orphans(entry.connection.id, flow, mine, wire, seconds=self._seconds)
            raise

    async def _store(self, entry: Entry, owner: str, grant: Grant, wire: Wire) -> Entry:
        """Store new tokens, however late, unless others have replaced those they were issued for.

        Retries for minutes: only these tokens work now. Raises ``ConnectedAccountNotFound`` if the connection was deleted.
        """
        one, book = entry.connection, self._book()
        changes: dict[str, Any] = {"error": None, "expires_at": grant.expires_at, "refresh_at": grant.refresh_at}
        if grant.scopes:
            changes["scopes"] = grant.scopes
        until, warned = time.monotonic() + _STORE_SECONDS, False
        while True:
            try:
                await wire.work(lambda: self._settle(entry, owner, grant=grant, **changes))
                await wire.work(lambda: self._count(one, done=True))
                return await wire.work(lambda: book.entry(one.id).usable())
            except StoreError as error:
                if time.monotonic() > until:
                    told = "%s: new tokens of %s could not be stored, and are lost: %s"
                    log.error(told, one.app, one.id, error)  # noqa: TRY400 - a trace would say no more
                    raise
                if not warned:
                    log.warning("%s: new tokens of %s can't be stored, trying again: %s", one.app, one.id, error)
                    warned = True
            await wire.sleep(_STORE_PAUSE)

    def _refuse(self, entry: Entry, owner: str, why: Why, error: GrantExpired) -> Entry:
        """The provider no longer accepts the connection. While its token is valid, other calls continue with it."""
        one, book = entry.connection, self._book()
        self._count(one, done=False)
        told = str(error)
        if one.renewal_lost_at is not None and one.renewal_sent_at is not None:
            told = f"{told} The answer to an earlier renewal, sent at {as_time(one.renewal_sent_at)}, was lost."
        if why is Why.AHEAD and holds(one, book.now()):
            log.warning("%s: the provider no longer renews %s, which works until its token ends: %s", one.app, one.id, told)
            self._settle(entry, owner, error=told, refresh_at=one.expires_at)
        else:
            log.warning("%s: the provider no longer takes the connection %s: %s", one.app, one.id, told)
            self._settle(entry, owner, status=ConnectionStatus.EXPIRED, error=told)
        return book.entry(one.id).usable()

    def _fail(self, entry: Entry, owner: str, sent_at: float | None, error: str) -> None:
        """Release the lease. ``sent_at`` is when the tokens were sent if the response was lost; None as if never sent."""
        one, book = entry.connection, self._book()
        self._count(one, done=False)
        if sent_at is None:
            changes: dict[str, Any] = {"renewal_sent_at": one.renewal_sent_at, "renewal_lost_at": one.renewal_lost_at}
        else:
            error = error.removeprefix(f"{one.app}: ").removesuffix("Try again later.").strip(" .")
            changes = {"renewal_sent_at": sent_at, "renewal_lost_at": book.now(), "error": error}
            _report_loss(one, sent_at, error)
        with suppress(StoreError):  # then it looks as if this process had died, which is the safe interpretation
            book.change(one, owner=owner, **changes)

    def _count(self, one: Connection, *, done: bool) -> None:
        """Count it for figures, which may lack one if the database can't be written."""
        book = self._book()
        with suppress(StoreError):
            book.store.note_refresh(one.app, one.entity_id, now=book.now(), done=done)

    def _settle(self, entry: Entry, owner: str, *, grant: Grant | None = None, **changes: Any) -> bool:
        """Write the outcome of an exchange. Returns False if other tokens have replaced the ones it was about."""
        book, one, values = self._book(), entry.connection, entry.values
        lease: str | None = owner
        changes |= {"renewal_sent_at": None, "renewal_lost_at": None}
        while True:
            if book.change(
                one, values=None if grant is None else values | grant.values, owner=lease, if_version=one.version, **changes
            ):
                return True
            now = book.entry(one.id)
            if _tokens(now) != _tokens(entry):
                return False
            if now.connection.version == one.version and lease is not None:
                # Another process may have considered this one dead while the machine slept. New tokens count anyway.
                if grant is None:
                    return False
                lease = None
            if grant is not None and now.connection.status is ConnectionStatus.EXPIRED:
                changes["status"] = ConnectionStatus.ACTIVE
            one, values = now.connection, now.values

    # Lost responses

    def _mark_unanswered(self, entry: Entry) -> Entry:
        """Return ``entry``, under its lease: the process that sent its tokens last died without a response."""
        one, book = entry.connection, self._book()
        if one.renewal_sent_at is None or one.renewal_lost_at is not None:
            return entry
        now = book.now()
        why = _KILLED if now < one.renewal_sent_at + self._seconds else f"none came in {self._seconds:g} seconds"
        if book.store.mark_lost(one.id, sent_at=one.renewal_sent_at, now=now, error=why):
            _report_loss(one, one.renewal_sent_at, why)
        return replace(entry, connection=replace(one, renewal_lost_at=now, error=why))

    def as_known(self, one: Connection) -> Connection:
        """Return ``one`` with what is known about an unanswered renewal. Writes nothing."""
        if one.renewal_sent_at is None or one.renewal_lost_at is not None:
            return one
        book = self._book()
        now, held = book.now(), book.store.lease_of(one.id)
        if held is not None and now < held[1] and book.store.is_alive(held[0]) is not False:
            return one
        # Answered since ``one`` was read? Storing a response releases the lease in the same write.
        sent_at = one.renewal_sent_at
        try:
            one = self._again(one)
        except ConnectedAccountNotFound:
            return one
        is_same = (one.renewal_sent_at, one.renewal_lost_at) == (sent_at, None)
        return replace(one, renewal_lost_at=now, error=_KILLED) if is_same else one

    def _again(self, one: Connection) -> Connection:
        """Return the current ``one``, decrypted only if it was decrypted: the response changed its values too."""
        book = self._book()
        if one.values:
            return book.entry(one.id).connection
        found = book.store.get_connection(one.id)
        return one if found is None else found.connection


def _may_have_worked(error: TokenRequestFailed) -> bool:
    """Return whether the provider may have processed the request, although no tokens came."""
    if error.status is None or error.lost:
        return error.lost
    return (error.status < 300 and error.code == "invalid_response") or (error.status >= 500 and error.status not in _NOT_BEGUN)


def _report_loss(one: Connection, sent_at: float, why: str) -> None:
    log.warning(
        "%s: the answer to the renewal of %s that was sent at %s was lost: %s",
        one.app,
        one.id,
        as_time(sent_at),
        why,
    )


def _tokens(entry: Entry) -> tuple[Secret | None, Secret | None]:
    return entry.values.get_secret("access_token"), entry.values.get_secret("refresh_token")
