"""Which owners of leases are alive, where the database is a PostgreSQL server: the server lets go of a session's advisory locks
when its client is gone, on whichever machine that was.

Behind a pooler that shares sessions between clients no owner is seen to end; its lease does.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from composio.errors import StoreError
from composio.store.database import Database
from composio.store.presence import hold

__all__ = ["Sessions"]

# A number of ours, so that other locks of the same database are not taken for these.
_OURS = 0x636F6D70
_TAKE = sa.text("SELECT pg_try_advisory_lock(:ours, :place)")
_DROP = sa.text("SELECT pg_advisory_unlock(:ours, :place)")
_TAKEN = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :ours AND objid = :place AND objsubid = 2"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Sessions:
    """As :class:`composio.store.presence.Presence`, with one session of each process for all that it holds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begin_anew()
        # A child must neither use its parent's session nor close it, which forgetting it would.
        self._parents: list[sa.Connection | None] = []

    def _begin_anew(self) -> None:
        self._lock, self._pid = threading.Lock(), os.getpid()
        self._session: sa.Connection | None = None
        self._held: set[str] = set()

    def _check_process(self) -> None:
        if self._pid != os.getpid():
            self._parents.append(self._session)
            self._begin_anew()

    @contextmanager
    def holding(self) -> Iterator[str]:
        """A new owner's name, known to be alive while the block runs; one of ``unproven`` where no session can be had."""
        self._check_process()
        with hold(self._take, self._drop) as owner:
            yield owner

    def is_held(self, owner: str) -> bool | None:
        """Whether ``owner`` is alive; None where nobody can tell."""
        try:
            asked = _key(owner)
        except ValueError:
            return None
        try:
            return bool(self._database.scalar(_TAKEN, asked))
        except StoreError:
            return None

    def _take(self, owner: str) -> bool:
        with self._lock:
            try:
                if self._session is None:
                    self._session = self._database.session()
                taken = bool(self._session.execute(_TAKE, _key(owner)).scalar())
            except (SQLAlchemyError, StoreError):
                # The session may have ended long ago, and with it what it held.
                self._close()
                return False
            if taken:
                self._held.add(owner)
            return taken

    def _drop(self, owner: str) -> None:
        with self._lock:
            self._held.discard(owner)
            if self._session is not None:
                with suppress(SQLAlchemyError):
                    self._session.execute(_DROP, _key(owner))
            if not self._held:
                self._close()

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(SQLAlchemyError):
                session.close()


def _key(owner: str) -> dict[str, int]:
    return {"ours": _OURS, "place": int(owner, 16) >> 33}
