"""Signing in a command line: it begins a session, a person who is signed in approves it and reads a code, it trades that for a key.

    session = sessions.create()                         # GET /v1/cli/generate-cli-session; the page gets session.key
    sessions.approve(session.key, code, project_id)     # the page, once it knows who its reader is; it shows session.code
    sessions.verify(session.key, code)                  # GET /v1/cli/verify-cli-code; gives the API key, once

The code proves that who typed it into the command line is who read the page: a link that somebody else sent opens nothing for
them. Keys are made when they are handed out, so none is stored.

v3's programs wait instead of asking for a code. Theirs are *device* sessions, as RFC 8628 has them: the program shows the code,
its user types it on the page, and whoever began the session collects the key with ``session.key``:

    session = sessions.create(device=True)              # POST /v3/cli/create-session; the program shows session.code
    sessions.approve(session.key, typed, project_id)    # the page
    session, secret = sessions.collect(session.key)     # GET /v3/cli/get-session, until there is a secret

Neither kind passes for the other: who begins a session of v1 must not learn its code, and who begins one of v3 knows it.
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

SECONDS = 600.0  # from the beginning of a session to its end
_TRIES = 5  # wrong codes
_MOST = 10_000  # sessions that nobody approved yet; anyone may begin one
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that people take for another
_CODE_LENGTH = 8  # 39 bits, with five tries in ten minutes
_LONGEST = 200
_DEVICE = "cs_"
_KEY = re.compile(rf"(?:{_DEVICE})?[A-Za-z0-9]{{43}}\Z")
_UNKNOWN = "Unknown sign-in: it has expired or was used. Run `composio login` again."


@dataclass(frozen=True, slots=True, kw_only=True)
class CliSession:
    """``key`` is in the link that the command line prints. ``code`` is for the page of somebody who is signed in, and nobody else.

    Of a device session ``code`` is for the program that began it, and the page asks for it. ``project_id`` is set once it is
    approved, and ``person_id`` where a person did that.
    """

    key: str
    code: str
    expires_at: float
    project_id: str | None = None
    person_id: str | None = None

    @property
    def is_device(self) -> bool:
        """Whether the page asks for the code, and does not show it."""
        return self.key.startswith(_DEVICE)


class CliSessions:
    """Begins, approves and ends sessions. Blocking."""

    def __init__(self, database: Database, keys: Keys, now: Callable[[], float] = time.time) -> None:
        self._database, self._keys, self._now = database, keys, now

    def create(self, *, device: bool = False) -> CliSession:
        """Begin one. Raises ``InvalidRequest`` while thousands of others wait."""
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
        """The session that a link names. Raises ``InvalidRequest`` if there is none any more."""
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
        """Let the session sign in to ``project_id``, with a key that may do ``scopes``; whoever calls this knows who asks.

        Raises ``InvalidRequest`` for a session that is gone, has another code, or was approved for another project.
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
        """A new API key for who brings the code of an approved session, which ends with it.

        Raises ``InvalidRequest`` for a session that is gone or not approved yet, and for a wrong code; five of those end it.
        """
        session = self.get(key)
        if session.is_device:
            raise InvalidRequest(_UNKNOWN)
        if session.project_id is None or not hmac.compare_digest(session.code.encode(), _normalize_code(code).encode()):
            self._count(session)
            raise InvalidRequest("Wrong code. The link's page shows it after you sign in.")
        return self._hand_out(session, session.project_id)

    def collect(self, key: str) -> tuple[CliSession, Secret | None]:
        """A device session as it stands; once it is approved, with a new API key, and the session ends with that.

        Raises ``InvalidRequest`` for one that is gone, and for one that is no device session.
        """
        session = self.get(key)
        if not session.is_device:
            raise InvalidRequest(_UNKNOWN)
        return session, None if session.project_id is None else self._hand_out(session, session.project_id)

    def _hand_out(self, session: CliSession, project_id: str) -> Secret:
        row = self._database.first(_GRANT, {"key": session.key})
        # Whoever deletes it has it: two who ask at once get one key.
        if row is None or self._database.change(sa.delete(table).where(table.c.key == session.key)) != 1:
            raise InvalidRequest(_UNKNOWN)
        _, secret = self._keys.create(project_id, row[0] or "command line", [Scope(one) for one in row[1]])
        return secret

    def _count(self, session: CliSession) -> None:
        here = table.c.key == session.key
        self._database.change(sa.update(table).where(here).values(tries=table.c.tries + 1))
        self._database.change(sa.delete(table).where(here, table.c.tries >= _TRIES))


def _normalize_code(code: str) -> str:
    """A code as people type it: in any case, with spaces and dashes."""
    return "".join(one for one in code[:_LONGEST].upper() if one.isascii() and one.isalnum())


_COUNT = sa.select(sa.func.count(table.c.key))
_ONE = sa.select(table.c.key, table.c.code, table.c.expires_at, table.c.project_id, table.c.person_id).where(
    table.c.key == sa.bindparam("key")
)
_GRANT = sa.select(table.c.name, table.c.scopes).where(table.c.key == sa.bindparam("key"))
