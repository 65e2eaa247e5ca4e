"""Sessions of signed-in people: a random cookie, stored as a hash, that ends when idle or after days."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import sqlalchemy as sa

from composio.model.secret import Secret
from composio.store.database import Database
from composio_server.services.ids import make_token
from composio_server.services.people import People, Person
from composio_server.store.tables import web_sessions as table

__all__ = ["IDLE_SECONDS", "SESSION_SECONDS", "WebSessions"]

SESSION_SECONDS = 7 * 86_400.0
IDLE_SECONDS = 12 * 3600.0
_SEEN_EVERY = 60.0  # seconds between two updates of a session's last use


class WebSessions:
    """Create, find and end sessions. Blocking."""

    def __init__(self, database: Database, people: People, now: Callable[[], float] = time.time) -> None:
        self._database, self._people, self._now = database, people, now

    def begin(self, person: Person, instead_of: str | None = None) -> Secret:
        """Return a new session, and its cookie. The browser's previous one ends, which prevents session fixation."""
        if instead_of is not None:
            self.end(instead_of)
        token, now = make_token(), self._now()
        row = {"person_id": person.id, "created_at": now, "seen_at": now, "expires_at": now + SESSION_SECONDS}
        self._database.change(sa.insert(table).values(sha256=_digest(token), **row))
        return Secret(token)

    def find(self, token: str) -> Person | None:
        """Return the person signed in with a cookie; None if there is none."""
        row = self._database.first(_ONE, {"sha256": _digest(token)})
        now = self._now()
        if row is None or row[2] <= now or row[1] + IDLE_SECONDS <= now:
            return None
        if now - row[1] > _SEEN_EVERY:
            self._database.change(sa.update(table).where(table.c.sha256 == _digest(token)).values(seen_at=now))
        return self._people.get(row[0])

    def end(self, token: str) -> None:
        """Sign out."""
        self._database.change(sa.delete(table).where(table.c.sha256 == _digest(token)))

    def sweep(self) -> int:
        """Delete ended sessions; return their number."""
        now = self._now()
        ended = sa.or_(table.c.expires_at <= now, table.c.seen_at <= now - IDLE_SECONDS)
        return self._database.change(sa.delete(table).where(ended))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


_ONE = sa.select(table.c.person_id, table.c.seen_at, table.c.expires_at).where(table.c.sha256 == sa.bindparam("sha256"))
