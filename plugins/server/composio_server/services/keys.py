"""API keys: ``ck_<id>_<256 random bits>``, shown once. Only their SHA-256 is stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from composio.errors import InvalidRequest, StoreError
from composio.model.secret import Secret
from composio.store.database import Database
from composio_server.services.ids import make_id, make_token
from composio_server.store.tables import api_keys as table

__all__ = ["ApiKey", "Caller", "KeyRefused", "Keys", "Scope"]

_FORM = re.compile(r"ck_([a-z0-9]{16})_([A-Za-z0-9]{43})\Z")
_USED_EVERY = 60.0  # seconds between two updates of a key's last use
_SETTLED = 1.0  # seconds for which a key is cached
_MOST_KEPT = 10_000


class Scope(StrEnum):
    """What a key may do. ``ADMIN`` includes the others."""

    READ = "read"  # list apps, actions, integrations, connections without their values
    CONNECT = "connect"  # connect users, and change or remove their connections
    EXECUTE = "execute"  # run actions and requests as any of the project's users
    ADMIN = "admin"  # integrations with their secrets, keys, settings, logs


class KeyRefused(Exception):
    """An invalid key; the message says why, as far as a stranger may know.

    ``challenge`` is the response's ``WWW-Authenticate``, if there is another way to authenticate.
    """

    def __init__(self, message: str, challenge: str = "") -> None:
        self.challenge = challenge
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key in listings: everything except its secret. Times are seconds since 1970; None for never."""

    id: str
    project_id: str
    name: str
    scopes: frozenset[Scope]
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    used_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sends a request: a key, its project, and its scopes."""

    project_id: str
    key_id: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Return whether this caller has ``scope``."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


class Keys:
    """Create, verify and revoke keys. Blocking."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now
        # Cached keys by id; and a counter of changes, for keys that are being read while one is revoked.
        self._kept: dict[str, tuple[float, ApiKey, bytes]] = {}
        self._changed, self._keeping = 0, threading.Lock()

    def create(
        self,
        project_id: str,
        name: str,
        scopes: Collection[Scope] = (Scope.ADMIN,),
        *,
        expires_at: float | None = None,
    ) -> tuple[ApiKey, Secret]:
        """Return a new key, and its text, which cannot be shown again. Raises ``InvalidRequest`` for one without scopes."""
        if not scopes:
            raise InvalidRequest(f"A key needs at least one scope of {', '.join(Scope)}.")
        if expires_at is not None and expires_at <= self._now():
            raise InvalidRequest("A key's expires_at must be in the future.")
        number, token = make_id("ck").removeprefix("ck_"), make_token()
        key = ApiKey(
            id=number,
            project_id=project_id,
            name=name.strip() or "key",
            scopes=frozenset(scopes),
            created_at=self._now(),
            expires_at=expires_at,
        )
        self._database.change(
            sa.insert(table).values(
                id=key.id,
                project_id=project_id,
                name=key.name,
                sha256=_digest(token),
                scopes=sorted(key.scopes),
                created_at=key.created_at,
                expires_at=expires_at,
            )
        )
        return key, Secret(f"ck_{number}_{token}")

    def verify(self, text: str) -> Caller:
        """Return who holds a key. Raises ``KeyRefused``, in constant time for known and unknown ids."""
        number, digest = _parse(text)
        changed = self._changed
        row = self._database.first(_ONE, {"id": number})
        if row is None or not hmac.compare_digest(bytes(row[_HASH]), digest):
            raise KeyRefused("Unknown API key. `composio server keys list` shows a project's keys.")
        key, now = _read(row), self._now()
        caller = self._let_in(key)
        if key.used_at is None or now - key.used_at > _USED_EVERY:
            with suppress(StoreError):  # a read-only database does not prevent reads
                self._database.change(sa.update(table).where(table.c.id == key.id).values(used_at=now))
        with self._keeping:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            if changed == self._changed:
                self._kept[number] = now, key, digest
        return caller

    def verify_known(self, text: str) -> Caller | None:
        """Do the same as :meth:`verify` for a key read within the last second; None if the database must be read.

        So a key that another instance revokes ends here within a second.
        """
        number, digest = _parse(text)
        read_at, key, known = self._kept.get(number, _NOT_KEPT)
        if key is None or not 0 <= self._now() - read_at < _SETTLED or not hmac.compare_digest(known, digest):
            return None
        return self._let_in(key)

    def _let_in(self, key: ApiKey) -> Caller:
        now = self._now()
        if key.revoked_at is not None and key.revoked_at <= now:
            raise KeyRefused("This API key was revoked.")
        if key.expires_at is not None and key.expires_at <= now:
            raise KeyRefused("This API key has expired.")
        return Caller(project_id=key.project_id, key_id=key.id, scopes=key.scopes)

    def list_keys(self, project_id: str) -> list[ApiKey]:
        """Return a project's keys, oldest first, including ended ones."""
        statement = sa.select(*_COLUMNS).where(table.c.project_id == project_id).order_by(table.c.created_at, table.c.id)
        return [_read(row) for row in self._database.rows(statement)]

    def revoke(self, project_id: str, key_id: str, *, after: float = 0.0) -> bool:
        """Revoke a key, ``after`` seconds from now; False if the project has no such key."""
        ending = sa.update(table).where(table.c.project_id == project_id, table.c.id == key_id)
        try:
            return self._database.change(ending.values(revoked_at=self._now() + after)) == 1
        finally:
            with self._keeping:
                self._changed += 1
                self._kept.pop(key_id, None)

    def rotate(self, project_id: str, key_id: str, *, overlap: float) -> tuple[ApiKey, Secret]:
        """Replace a key by a new one; the old one stays valid for ``overlap`` seconds.

        Raises ``InvalidRequest`` if there is none.
        """
        old = next((key for key in self.list_keys(project_id) if key.id == key_id), None)
        if old is None:
            raise InvalidRequest(f"The project has no key {key_id!r}.")
        fresh = self.create(project_id, old.name, old.scopes, expires_at=old.expires_at)
        self.revoke(project_id, key_id, after=overlap)
        return fresh


_NOT_KEPT: tuple[float, ApiKey | None, bytes] = (0.0, None, b"")


def _parse(text: str) -> tuple[str, bytes]:
    """Return a key's id, and the SHA-256 of its secret. Raises ``KeyRefused`` for a malformed key."""
    form = _FORM.match(text)
    if form is None:
        raise KeyRefused("This is not an API key: keys look like ck_..., as `composio server keys create` prints it once.")
    return form[1], _digest(form[2])


def _digest(token: str) -> bytes:
    # 256 random bits need no slow hash: they cannot be guessed.
    return hashlib.sha256(token.encode()).digest()


_COLUMNS = (
    *(table.c.id, table.c.project_id, table.c.name, table.c.scopes),
    *(table.c.created_at, table.c.expires_at, table.c.revoked_at, table.c.used_at),
)
_HASH = len(_COLUMNS)
_ONE = sa.select(*_COLUMNS, table.c.sha256).where(table.c.id == sa.bindparam("id"))


def _read(row: Any) -> ApiKey:
    return ApiKey(
        id=row[0],
        project_id=row[1],
        name=row[2],
        scopes=frozenset(Scope(one) for one in row[3]),
        created_at=row[4],
        expires_at=row[5],
        revoked_at=row[6],
        used_at=row[7],
    )
