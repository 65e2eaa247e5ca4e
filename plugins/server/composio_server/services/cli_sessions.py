"""Sign in a command line: it starts a session, a signed-in person approves it and reads a code, it trades that for a key.

    session = sessions.create()                         # GET /v1/cli/generate-cli-session; the page gets session.key
    sessions.approve(session.key, code, project_id)     # the page, once its reader is known; it shows session.code
    sessions.verify(session.key, code)                  # GET /v1/cli/verify-cli-code; returns the API key, once

The code proves that the person at the command line is the one who read the page: a link from someone else opens nothing for
them. Keys are created when they are handed out, so none is stored.

v3's programs poll instead of asking for a code. Theirs are *device* sessions, as in RFC 8628: the program shows the code,
its user types it on the page, and the program collects the key with ``session.key``:

    session = sessions.create(device=True)              # POST /v3/cli/create-session; the program shows session.code
    sessions.approve(session.key, typed, project_id)    # the page
    session, secret = sessions.collect(session.key)     # GET /v3/cli/get-session, until there is a secret

The kinds are not interchangeable: a program that starts a session of v1 must not learn its code, and one of v3 knows it.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa

from composio.errors import InvalidRequest
from composio.model.secret import Secret
from composio.store.database import Database
from composio_server.services.ids import make_token
from composio_server.services.keys import Keys, Scope
from composio_server.store.tables import cli_sessions as table

__all__ = ["CliSession", "CliSessions"]

SECONDS = 600.0  # lifetime of a session
_TRIES = 5  # wrong codes
_MOST = 10_000  # unapproved sessions; anyone may start one
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without characters that people confuse
_CODE_LENGTH = 8  # 39 bits, with five attempts in ten minutes
_LONGEST = 200
_DEVICE = "cs_"
_KEY = re.compile(rf"(?:{_DEVICE})?[A-Za-z0-9]{{43}}\Z")
_UNKNOWN = "Unknown sign-in: it has expired or was used. Run `composio login` again."


@dataclass(frozen=True, slots=True, kw_only=True)
class CliSession:
    """``key`` is in the link that the command line prints. ``code`` is only for the page of a signed-in person.

    In a device session ``code`` is for the program that started it, and the page asks for it. ``project_id`` is set on
    approval, and ``person_id`` if a person approved it.
    """

    key: str
    code: str
    expires_at: float
    project_id: str | None = None
    person_id: str | None = None

    @property
    def is_device(self) -> bool:
        """Whether the page asks for the code instead of showing it."""
        return self.key.startswith(_DEVICE)


class CliSessions:
    """Start, approve and end sessions. Blocking."""

    def __init__(self, database: Database, keys: Keys, now: Callable[[], float] = time.time) -> None:
        self._database, self._keys, self._now = database, keys, now

    def create(self, *, device: bool = False) -> CliSession:
        """Start one. Raises ``InvalidRequest`` while thousands of others wait."""
        now = self._now()
        self._database.change(sa.delete(table).where(table.c.expires_at <= now))
        waiting = self._database.first(_COUNT, {})
        if waiting is not None and waiting[0] >= _MOST:
            raise InvalidRequest("Too many people sign in at once; try again in a few minutes.")
        code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        session = CliSession(key=(_DEVICE if device else "") + make_token(), code=code, expires_at=now + SECONDS)
        row = {"key": session.key, "code": code, "tries": 0, "expires_at": session.expires_at}
        self._database.change(sa.insert(table).values(row))
        return session

    def get(self, key: str) -> CliSession:
        """Return the session of a link. Raises ``InvalidRequest`` if it no longer exists."""
        row = self._database.first(_ONE, {"key": key}) if _KEY.match(key) else None
        if row is None or row[2] <= self._now():
            raise InvalidRequest(_UNKNOWN)
        return CliSession(key=row[0], code=row[1], expires_at=row[2], project_id=row[3], person_id=row[4])

    def approve(
        self,
        key: str,
        code: str,
        project_id: str,
        *,
        name: str = "command line",
        scopes: Collection[Scope] = (Scope.ADMIN,),
        person_id: str | None = None,
    ) -> CliSession:
        """Let the session sign in to ``project_id``, with a key that may do ``scopes``; the caller knows who asks.

        Raises ``InvalidRequest`` for an expired session, a wrong code, or one approved for another project.
        """
        session = self.get(key)
        if not hmac.compare_digest(session.code, _normalize_code(code)):
            self._count(session)
            raise InvalidRequest("This code does not match the sign-in.")
        change = sa.update(table).where(table.c.key == session.key, table.c.project_id.is_(None))
        values = {"project_id": project_id, "name": name, "scopes": sorted(scopes), "person_id": person_id}
        if self._database.change(change.values(values)) != 1 and self.get(key).project_id != project_id:
            raise InvalidRequest("This sign-in was approved for another project. Run `composio login` again.")
        return self.get(key)

    def verify(self, key: str, code: str) -> Secret:
        """Return a new API key for the code of an approved session, which then ends.

        Raises ``InvalidRequest`` for an expired or unapproved session, and for a wrong code; five of those end it.
        """
        session = self.get(key)
        if session.is_device:
            raise InvalidRequest(_UNKNOWN)
        if session.project_id is None or not hmac.compare_digest(session.code.encode(), _normalize_code(code).encode()):
            self._count(session)
            raise InvalidRequest("Wrong code. The link's page shows it after you sign in.")
        return self._hand_out(session, session.project_id)

    def collect(self, key: str) -> tuple[CliSession, Secret | None]:
        """Return a device session; once approved, with a new API key, after which it ends.

        Raises ``InvalidRequest`` for an expired one, and for one that is not a device session.
        """
        session = self.get(key)
        if not session.is_device:
            raise InvalidRequest(_UNKNOWN)
        return session, None if session.project_id is None else self._hand_out(session, session.project_id)

    def _hand_out(self, session: CliSession, project_id: str) -> Secret:
        row = self._database.first(_GRANT, {"key": session.key})
        # The request that deletes it gets the key: two concurrent ones get one key.
        if row is None or self._database.change(sa.delete(table).where(table.c.key == session.key)) != 1:
            raise InvalidRequest(_UNKNOWN)
        _, secret = self._keys.create(project_id, row[0] or "command line", [Scope(one) for one in row[1]])
        return secret

    def _count(self, session: CliSession) -> None:
        here = table.c.key == session.key
        self._database.change(sa.update(table).where(here).values(tries=table.c.tries + 1))
        self._database.change(sa.delete(table).where(here, table.c.tries >= _TRIES))


def _normalize_code(code: str) -> str:
    """Normalise a typed code: any case, with spaces and dashes."""
    return "".join(one for one in code[:_LONGEST].upper() if one.isascii() and one.isalnum())


_COUNT = sa.select(sa.func.count(table.c.key))
_ONE = sa.select(table.c.key, table.c.code, table.c.expires_at, table.c.project_id, table.c.person_id).where(
    table.c.key == sa.bindparam("key")
)
_GRANT = sa.select(table.c.name, table.c.scopes).where(table.c.key == sa.bindparam("key"))
