"""Grants of people to programs: use of one MCP server or session as one user, until one side ends it.

    code = grants.begin(...)                         # the page, after its reader agreed
    tokens = grants.exchange(code, ...)              # the program, with the proof that it started the flow
    grant = grants.verify(access_token)              # each request to the MCP server
    tokens = grants.refresh(refresh_token, ...)      # once an hour; the refresh token changes each time

Only SHA-256s of codes and tokens are stored. A code or a refresh token that is used twice was stolen, so it ends the grant.
Source: RFC 6749; RFC 7636; RFC 8707; RFC 9700, 2.1 and 4.14.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

import sqlalchemy as sa

from composio.model.secret import Secret
from composio.store.database import Database
from composio_server.services.ids import make_id, make_token
from composio_server.store.tables import oauth_grants as table

__all__ = ["ACCESS_SECONDS", "Grant", "GrantRefused", "OAuthGrants", "Target", "Tokens", "is_access_token"]

ACCESS_SECONDS = 3600.0
_CODE_SECONDS = 120.0
_IDLE_SECONDS = 30 * 86_400.0
_FORM = re.compile(r"(gc|ga|gr)_([a-z0-9]{16})_[A-Za-z0-9]{43}\Z")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")


class GrantRefused(Exception):
    """An invalid code or token. The message is for the program's developer and says no more than that."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a token opens: an MCP server, or a tool router session."""

    kind: Literal["server", "session"]
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A person's permission for a program. Times are seconds since 1970."""

    id: str
    project_id: str
    target: Target
    person_id: str
    user_id: str
    client_id: str
    client_name: str
    redirect_uri: str
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A program's tokens, which cannot be shown again."""

    access: Secret
    refresh: Secret
    seconds: float = ACCESS_SECONDS


def is_access_token(text: str) -> bool:
    """Return whether a credential has this form, valid or not."""
    return text.startswith("ga_")


class OAuthGrants:
    """Create, verify and end grants. Blocking."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now

    def begin(
        self,
        *,
        project_id: str,
        target: Target,
        person_id: str,
        user_id: str,
        client_id: str,
        client_name: str,
        redirect_uri: str,
        challenge: str,
    ) -> Secret:
        """Return a new grant, and the code that the program trades for tokens within two minutes."""
        grant_id, now = make_id("g")[2:], self._now()
        code = _make("gc", grant_id)
        row = {
            "id": grant_id,
            "project_id": project_id,
            f"{target.kind}_id": target.id,
            "person_id": person_id,
            "user_id": user_id,
            "client_id": client_id,
            "client_name": client_name,
            "redirect_uri": redirect_uri,
            "challenge": challenge,
            "code_sha256": _digest(code),
            "created_at": now,
            "expires_at": now + _CODE_SECONDS,
        }
        self._database.change(sa.insert(table).values(row))
        return Secret(code)

    def exchange(self, code: str, *, client_id: str, redirect_uri: str, verifier: str, target: Target | None = None) -> Tokens:
        """Return tokens for a code. Raises ``GrantRefused``; a code that was used before ends its tokens."""
        row = self._find("gc", code)
        if row is None or not hmac.compare_digest(bytes(row.code_sha256), _digest(code)):
            raise GrantRefused("The code is unknown or was revoked.")
        if row.code_used_at is not None:
            self._end(row.id)
            raise GrantRefused("The code was used before. The access that it gave was revoked.")
        proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()).rstrip(b"=")
        fits = _VERIFIER.match(verifier) and hmac.compare_digest(proof, row.challenge.encode())
        same = row.client_id == client_id and row.redirect_uri == redirect_uri and target in (None, _target_of(row))
        if not fits or not same or row.expires_at <= self._now():
            self._end(row.id)  # the holder of the code lacks the verifier
            raise GrantRefused("The code has expired, or is not for this client, redirect_uri, code_verifier or resource.")
        return self._hand_out(row.id, table.c.code_used_at.is_(None), code_used_at=self._now())

    def refresh(self, token: str, *, client_id: str, target: Target | None = None) -> Tokens:
        """Return new tokens for a refresh token, which ends. Raises ``GrantRefused``; one that had ended revokes the grant."""
        row = self._find("gr", token)
        digest = _digest(token)
        if row is None or row.refresh_sha256 is None:
            raise GrantRefused("The refresh token is unknown or was revoked.")
        if row.former_sha256 is not None and hmac.compare_digest(bytes(row.former_sha256), digest):
            self._end(row.id)
            raise GrantRefused("The refresh token was used before. The access that it gave was revoked.")
        good = hmac.compare_digest(bytes(row.refresh_sha256), digest)
        if not good or row.client_id != client_id or target not in (None, _target_of(row)) or row.expires_at <= self._now():
            raise GrantRefused("The refresh token has expired, or is not for this client or resource.")
        return self._hand_out(row.id, table.c.refresh_sha256 == digest, former_sha256=digest)

    def verify(self, token: str) -> Grant:
        """Return the grant of an access token. Raises ``GrantRefused``."""
        row = self._find("ga", token)
        if row is None or row.access_sha256 is None or not hmac.compare_digest(bytes(row.access_sha256), _digest(token)):
            raise GrantRefused("This access token is unknown or was revoked.")
        if row.access_expires_at <= self._now():
            raise GrantRefused("This access token has expired.")
        return _read(row)

    def revoke(self, token: str, *, client_id: str) -> None:
        """End a grant by one of its tokens; other clients' tokens are ignored."""
        row = self._find("gr", token) or self._find("ga", token)
        if row is None or row.client_id != client_id:
            return
        digest = _digest(token)
        if any(
            known is not None and hmac.compare_digest(bytes(known), digest) for known in (row.access_sha256, row.refresh_sha256)
        ):
            self._end(row.id)

    def list_grants(self, project_id: str, target: Target | None = None) -> list[Grant]:
        """Return the grants with tokens of a project, or of one server or session, oldest first."""
        mine = [table.c.project_id == project_id, table.c.code_used_at.is_not(None), table.c.expires_at > self._now()]
        if target is not None:
            mine.append(table.c[f"{target.kind}_id"] == target.id)
        rows = self._database.rows(sa.select(table).where(*mine).order_by(table.c.created_at, table.c.id))
        return [_read(_as_row(row)) for row in rows]

    def end(self, project_id: str, grant_id: str) -> bool:
        """Revoke a person's permission for a program; False if the project has no such grant."""
        return self._database.change(sa.delete(table).where(table.c.project_id == project_id, table.c.id == grant_id)) == 1

    def sweep(self) -> int:
        """Delete expired grants; return their number."""
        return self._database.change(sa.delete(table).where(table.c.expires_at <= self._now()))

    def _hand_out(self, grant_id: str, only: sa.ColumnElement[bool], **more: Any) -> Tokens:
        now = self._now()
        tokens = Tokens(access=Secret(_make("ga", grant_id)), refresh=Secret(_make("gr", grant_id)))
        values = {
            "access_sha256": _digest(tokens.access.reveal()),
            "access_expires_at": now + ACCESS_SECONDS,
            "refresh_sha256": _digest(tokens.refresh.reveal()),
            "expires_at": now + _IDLE_SECONDS,
            **more,
        }
        # Of two concurrent uses one is too late: then one of them is not the rightful holder.
        if self._database.change(sa.update(table).where(table.c.id == grant_id, only).values(values)) != 1:
            self._end(grant_id)
            raise GrantRefused("This was used before. The access that it gave was revoked.")
        return tokens

    def _find(self, kind: str, text: str) -> Any:
        form = _FORM.match(text)
        row = self._database.first(_ONE, {"id": form[2]}) if form is not None and form[1] == kind else None
        return None if row is None else _as_row(row)

    def _end(self, grant_id: str) -> None:
        self._database.change(sa.delete(table).where(table.c.id == grant_id))


def _make(kind: str, grant_id: str) -> str:
    return f"{kind}_{grant_id}_{make_token()}"


def _digest(text: str) -> bytes:
    # 256 random bits need no slow hash: they cannot be guessed.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


_ONE = sa.select(table).where(table.c.id == sa.bindparam("id"))
_COLUMNS = tuple(column.name for column in table.c)
_NAMES = ("id", "project_id", "person_id", "user_id", "client_id", "client_name", "redirect_uri")


def _as_row(row: Sequence[Any]) -> Any:
    return SimpleNamespace(**dict(zip(_COLUMNS, row, strict=True)))


def _target_of(row: Any) -> Target:
    return Target("server", row.server_id) if row.server_id is not None else Target("session", row.session_id)


def _read(row: Any) -> Grant:
    known = {name: getattr(row, name) for name in _NAMES}
    return Grant(**known, target=_target_of(row), created_at=row.created_at, expires_at=row.expires_at)
