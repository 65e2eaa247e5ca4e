"""Links to the hosted connect page: each connects one user once, within minutes, in the browser that opened it first.

Source: POST /api/v3.1/connected_accounts/link of the published clients, which returns such a link.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from composio.errors import InvalidRequest
from composio.model.secret import Secret
from composio.store.database import Database
from composio_server.services.ids import make_id, make_token
from composio_server.store.tables import links as table

__all__ = ["LINK_SECONDS", "Link", "Links"]

LINK_SECONDS = 600.0
_LONGEST_LIFE = 86_400.0
_KEPT_SECONDS = 86_400.0  # so that a page can say that a link was used
_TOKEN = re.compile(r"lk_[A-Za-z0-9]{43}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link connects ``user_id`` to ``app``, through the integration.

    ``connection_id`` is set once the connection is started.

    ``callback_url`` is where the user goes in the end. ``opener`` names who was asked to open it, in the creator's words; None
    if anyone may. ``device`` is what a device flow shows: ``user_code``, ``url``, ``expires_at``. Times are seconds since 1970.
    """

    id: str
    project_id: str
    integration_id: str
    user_id: str
    app: str = ""
    connection_id: str | None = None
    callback_url: str | None = None
    opener: str | None = None
    device: Mapping[str, Any] | None = None
    created_at: float
    expires_at: float
    used_at: float | None = None
    browser: bytes | None = None


class Links:
    """Create, open and use up links. Blocking. Only a token's SHA-256 is stored."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now

    def create(
        self,
        project_id: str,
        *,
        integration_id: str,
        user_id: str,
        app: str = "",
        connection_id: str | None = None,
        callback_url: str | None = None,
        opener: str | None = None,
        seconds: float = LINK_SECONDS,
    ) -> tuple[Link, Secret]:
        """Return a new link, and its token, which cannot be shown again. The page is ``/link/<token>``.

        ``connection_id`` is a connection that already waits for its user; without it the page starts one.
        """
        if not 0 < seconds <= _LONGEST_LIFE:
            raise InvalidRequest(f"A link lives for more than 0 and at most {_LONGEST_LIFE:.0f} seconds; got {seconds:g}.")
        now, token = self._now(), f"lk_{make_token()}"
        link = Link(
            id=make_id("link"),
            project_id=project_id,
            integration_id=integration_id,
            user_id=user_id,
            app=app,
            connection_id=connection_id,
            callback_url=callback_url,
            opener=opener,
            created_at=now,
            expires_at=now + seconds,
        )
        row = {name: getattr(link, name) for name in _NAMES}
        self._database.change(sa.insert(table).values(**row, sha256=_digest(token)))
        return link, Secret(token)

    def sweep(self) -> int:
        """Delete links that ended a day ago; return their number."""
        return self._database.change(sa.delete(table).where(table.c.expires_at < self._now() - _KEPT_SECONDS))

    def find(self, token: str) -> Link | None:
        """Return the link of a token, whether or not it can be opened; None if there is none."""
        if not _TOKEN.match(token):
            return None
        row = self._database.first(_ONE, {"sha256": _digest(token)})
        return None if row is None else _read(row)

    def open(self, token: str) -> Link | None:
        """Return the link of a token that is neither used nor expired."""
        link = self.find(token)
        return link if link is not None and self.is_open(link) else None

    def is_open(self, link: Link) -> bool:
        """Return whether ``link`` can still connect its user."""
        return link.used_at is None and link.expires_at > self._now()

    def bind(self, link: Link, browser: str) -> bool:
        """Bind the link to ``browser``, a secret that it stores; False if it is another's."""
        mine = _digest(browser)
        free = sa.or_(table.c.browser.is_(None), table.c.browser == mine)
        return self._database.change(_of(link).where(free).values(browser=mine)) == 1

    def is_bound_to(self, link: Link, browser: str) -> bool:
        """Return whether ``browser`` is the one that opened it first."""
        return link.browser is not None and link.browser == _digest(browser)

    def attach(self, link: Link, connection_id: str, device: Mapping[str, Any] | None = None) -> bool:
        """Store the connection that the link started; False if it has started another one."""
        free = sa.or_(table.c.connection_id.is_(None), table.c.connection_id == connection_id)
        changed = _of(link).where(free).values(connection_id=connection_id, device=device)
        return self._database.change(changed) == 1

    def use(self, token: str) -> bool:
        """Return True for one caller only, and only before it expires."""
        unused = (table.c.used_at.is_(None), table.c.expires_at > self._now())
        statement = sa.update(table).where(table.c.sha256 == _digest(token), *unused)
        return self._database.change(statement.values(used_at=self._now())) == 1

    def finish(self, link: Link) -> None:
        """Mark the link of a connected user as used, even after its expiry."""
        self._database.change(_of(link).where(table.c.used_at.is_(None)).values(used_at=self._now()))

    def guards(self, link: Link) -> bool:
        """Return whether the returning user must be who opened ``link``: while both may still be in progress."""
        on_the_way = link.used_at is None and link.expires_at + LINK_SECONDS > self._now()
        return on_the_way and link.browser is not None

    def of_connection(self, project_id: str, connection_id: str) -> Link | None:
        """Return the newest link of a connection, in any state."""
        row = self._database.first(_NEWEST, {"project_id": project_id, "connection_id": connection_id})
        return None if row is None else _read(row)


def _of(link: Link) -> sa.Update:
    return sa.update(table).where(table.c.id == link.id, table.c.project_id == link.project_id)


def _digest(token: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


_NAMES = (
    *("id", "project_id", "integration_id", "user_id", "app", "connection_id", "callback_url", "opener", "device"),
    *("created_at", "expires_at", "used_at", "browser"),
)
_SELECT = sa.select(*(table.c[name] for name in _NAMES))
_ONE = _SELECT.where(table.c.sha256 == sa.bindparam("sha256"))
_NEWEST = (
    _SELECT.where(table.c.project_id == sa.bindparam("project_id"), table.c.connection_id == sa.bindparam("connection_id"))
    .order_by(table.c.created_at.desc(), table.c.id)
    .limit(sa.literal_column("1"))
)


def _read(row: Any) -> Link:
    found = dict(zip(_NAMES, row, strict=True))
    browser = found["browser"]
    return Link(**{**found, "browser": None if browser is None else bytes(browser)})
