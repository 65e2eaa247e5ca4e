"""Links that a user opens to connect: one use, ten minutes, and only their SHA-256 is stored."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from composio.model.secret import Secret
from composio.store.database import Database
from composio_server.services.ids import make_token
from composio_server.store.tables import links as table

__all__ = ["LINK_SECONDS", "Link", "LinkRefused", "Links"]

LINK_SECONDS = 600.0
_FORM = re.compile(r"lk_[A-Za-z0-9]{43}\Z")
_KEPT_SECONDS = 86_400.0  # used and expired ones are kept a while, so that who comes again is told what happened


class LinkRefused(Exception):
    """A link that opens nothing; the message is for whoever opened it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link is for: a connection that waits for its user.

    ``user_id`` is who connects, ``callback_url`` where to send that person afterwards. Times are seconds since 1970.
    """

    project_id: str
    connection_id: str
    integration_id: str
    app: str
    user_id: str
    callback_url: str | None
    created_at: float
    expires_at: float
    used_at: float | None = None


class Links:
    """Makes, opens and uses links. Blocking."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now

    def create(
        self,
        project_id: str,
        *,
        connection_id: str,
        integration_id: str,
        app: str,
        user_id: str,
        callback_url: str | None = None,
    ) -> tuple[Link, Secret]:
        """A new link, and its token, which nothing can show again."""
        token, now = f"lk_{make_token()}", self._now()
        link = Link(
            project_id=project_id,
            connection_id=connection_id,
            integration_id=integration_id,
            app=app,
            user_id=user_id,
            callback_url=callback_url,
            created_at=now,
            expires_at=now + LINK_SECONDS,
        )
        values = {name: getattr(link, name) for name in _NAMES}
        self._database.change(sa.insert(table).values({**values, "token_hash": _digest(token)}))
        return link, Secret(token)

    def open(self, token: str) -> Link:
        """What a token is for, which it still is afterwards. Raises ``LinkRefused`` if it is unknown, used or expired."""
        link = self.find(token)
        if link is None:
            raise LinkRefused("This link is not known here. Ask for a new one where you got it.")
        if link.used_at is not None:
            raise LinkRefused("This link was used before; each works once. Ask for a new one where you got it.")
        if link.expires_at <= self._now():
            raise LinkRefused("This link has expired: it works for ten minutes. Ask for a new one where you got it.")
        return link

    def use(self, token: str) -> Link:
        """As :meth:`open`, for the one caller who gets it: from then on it is used."""
        link = self.open(token)
        now = self._now()
        unused = sa.and_(table.c.token_hash == _digest(token), table.c.used_at.is_(None), table.c.expires_at > now)
        if self._database.change(sa.update(table).where(unused).values(used_at=now)) != 1:
            return self.open(token)  # somebody was faster: this says so
        return link

    def sweep(self) -> int:
        """Forget what ended a day ago; how many went."""
        return self._database.change(sa.delete(table).where(table.c.expires_at < self._now() - _KEPT_SECONDS))

    def find(self, token: str) -> Link | None:
        """What a token is or was for; None if it never was one."""
        if not _FORM.match(token):
            return None
        row = self._database.first(_ONE, {"token_hash": _digest(token)})
        return None if row is None else _read(row)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


_NAMES = (
    *("project_id", "connection_id", "integration_id", "app", "user_id", "callback_url"),
    *("created_at", "expires_at", "used_at"),
)
_ONE = sa.select(*(table.c[name] for name in _NAMES)).where(table.c.token_hash == sa.bindparam("token_hash"))


def _read(row: Any) -> Link:
    return Link(**dict(zip(_NAMES, row, strict=True)))
