"""OAuth clients for MCP servers: registered ones, and those described by a metadata document at a URL.

All are public clients: none has a secret, and PKCE proves who started a flow. A registered name is arbitrary, so it proves
nothing; the redirect URI does. Source: RFC 7591; RFC 8252, 7; draft-ietf-oauth-client-id-metadata-document.
"""

from __future__ import annotations

import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa

from composio.callback.page import is_web_address
from composio.embedded.addressed import fetch_addressed
from composio.errors import ComposioError, InvalidRequest
from composio.store.database import Database
from composio_server.services.ids import make_id
from composio_server.services.threads import off_loop
from composio_server.store.tables import oauth_clients as table
from composio_server.store.tables import oauth_grants

__all__ = ["OAuthClient", "OAuthClients", "is_loopback"]

_ID = re.compile(r"oc_[a-z0-9]{16}\Z")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST, _LONGEST_NAME = 2000, 100
_MOST_URIS, _MOST_CLIENTS = 10, 20_000
_UNUSED_SECONDS, _IDLE_SECONDS = 86_400.0, 90 * 86_400.0
_PENDING_SECONDS = 600.0  # for a person to authorize a newly registered program
_DOCUMENT_BYTES = 5 * 1024  # as the draft recommends
_KEPT_SECONDS, _MOST_KEPT = 300.0, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """``name`` is the program's own. ``host`` serves its metadata; None for one that registered here."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    host: str | None = None

    def accepts(self, redirect_uri: str) -> bool:
        """Return whether a redirect URI is allowed: one that it named, on loopback with any port."""
        if redirect_uri in self.redirect_uris:
            return True
        # Parsing drops line breaks and tabs: a URL with any is refused, even if it parses like a registered one.
        return _may_be_sent_to(redirect_uri) and any(
            is_loopback(one) and _without_port(one) == _without_port(redirect_uri) for one in self.redirect_uris
        )


class OAuthClients:
    """Register and find clients. ``reach`` returns the function that fetches untrusted URLs."""

    def __init__(self, database: Database, reach: Callable[[], Any], now: Callable[[], float] = time.time) -> None:
        self._database, self._reach, self._now = database, reach, now
        self._kept: OrderedDict[str, tuple[float, OAuthClient]] = OrderedDict()

    def register(self, name: object, redirect_uris: object) -> OAuthClient:
        """Register a client. Blocking. Raises ``InvalidRequest``, which begins with the field's name.

        Anyone may register. At the maximum number, those without an authorization within minutes are dropped: otherwise
        frequent registrations would lock everyone else out for a day.
        """
        made = OAuthClient(id=make_id("oc"), name=_read_name(name), redirect_uris=_read_uris(redirect_uris))
        if self._is_full() and not self._forget(self._now() - _PENDING_SECONDS):
            raise InvalidRequest("client: too many programs are registered here; try again in ten minutes.")
        row = {"id": made.id, "name": made.name, "redirect_uris": list(made.redirect_uris), "created_at": self._now()}
        self._database.change(sa.insert(table).values(row))
        return made

    async def find(self, client_id: str) -> OAuthClient | None:
        """Return the client with an id, which may be its metadata URL; None if there is none.

        Raises ``InvalidRequest`` for a URL without a client's metadata.
        """
        if client_id.startswith("https://"):
            return await self._describe(client_id)
        return await off_loop(self._find_registered, client_id)

    def note_use(self, client: OAuthClient) -> None:
        """Keep a client that a person authorized. Blocking."""
        self._database.change(sa.update(table).where(table.c.id == client.id).values(used_at=self._now()))

    def sweep(self) -> int:
        """Delete clients without an authorization for a day, or no longer used; return their number."""
        return self._forget(self._now() - _UNUSED_SECONDS)

    def _is_full(self) -> bool:
        known = self._database.first(_COUNT, {})
        return known is not None and known[0] >= _MOST_CLIENTS

    def _forget(self, unused_before: float) -> int:
        idle = sa.or_(
            sa.and_(table.c.used_at.is_(None), table.c.created_at < unused_before),
            table.c.used_at < self._now() - _IDLE_SECONDS,
        )
        held = sa.select(oauth_grants.c.client_id)
        return self._database.change(sa.delete(table).where(idle, table.c.id.not_in(held)))

    def _find_registered(self, client_id: str) -> OAuthClient | None:
        row = self._database.first(_ONE, {"id": client_id}) if _ID.match(client_id) else None
        return None if row is None else OAuthClient(id=row[0], name=row[1], redirect_uris=tuple(row[2]))

    async def _describe(self, url: str) -> OAuthClient:
        kept = self._kept.get(url)
        if kept is not None and 0 <= self._now() - kept[0] < _KEPT_SECONDS:
            return kept[1]
        host = _host_of(url)
        try:
            # A redirect would let anyone with an open redirect on a known host speak in its name.
            answer = await fetch_addressed(self._reach(), url, by="the program", most=_DOCUMENT_BYTES, redirects=0)
        except ComposioError as error:
            raise InvalidRequest(f"client_id: {host} does not describe the program: {error}") from None
        if answer.status != 200:
            raise InvalidRequest(f"client_id: {host} does not describe the program: it answered {answer.status}.")
        client = _read_document(url, host, answer.content)
        self._kept[url] = self._now(), client
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return client


def is_loopback(url: str) -> bool:
    """Return whether a URL is on the program's own machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _without_port(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    # Other parts of the authority, such as a user name, must match exactly.
    beside = parts.netloc.rpartition("@")[0]
    return urlunsplit((parts.scheme, f"{beside}@{host}" if beside else host, parts.path, parts.query, parts.fragment))


def _host_of(url: str) -> str:
    """Return the host of a client's URL. Raises ``InvalidRequest`` for an invalid one."""
    wrong = InvalidRequest("client_id: an address that describes a program is like https://app.example/client.json.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    clear = url.isascii() and url.isprintable() and len(url) <= _LONGEST and " " not in url
    whole = parts.hostname and len(parts.path) > 1 and not parts.fragment and "@" not in parts.netloc
    if not clear or not whole or {".", ".."} & set(parts.path.split("/")):
        raise wrong
    return f"{parts.hostname}:{port}" if port else str(parts.hostname)


def _read_document(url: str, host: str, content: bytes) -> OAuthClient:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        raise InvalidRequest(f"client_id: the document of {host} is not JSON.") from None
    if not isinstance(said, dict) or said.get("client_id") != url:
        raise InvalidRequest(f"client_id: the document of {host} describes another program, or none.")
    if said.get("token_endpoint_auth_method", "none") != "none" or said.keys() & {"client_secret", "client_secret_expires_at"}:
        raise InvalidRequest("client_id: programs hold no secret here: token_endpoint_auth_method is none.")
    return OAuthClient(
        id=url, name=_read_name(said.get("client_name")), redirect_uris=_read_uris(said.get("redirect_uris")), host=host
    )


def _read_name(name: object) -> str:
    if name is not None and not isinstance(name, str):
        raise InvalidRequest("client_name: is a string.")
    # No bidi or invisible characters.
    shown = " ".join("".join(one if one.isprintable() else " " for one in name or "").split())
    return shown[:_LONGEST_NAME] or "A program without a name"


def _read_uris(uris: object) -> tuple[str, ...]:
    if not isinstance(uris, Sequence) or isinstance(uris, str | bytes) or not 1 <= len(uris) <= _MOST_URIS:
        raise InvalidRequest(f"redirect_uris: 1 to {_MOST_URIS} addresses.")
    for one in uris:
        if not isinstance(one, str) or len(one) > _LONGEST or not _may_be_sent_to(one):
            raise InvalidRequest(
                "redirect_uris: each is an https address, an http address of 127.0.0.1, localhost or [::1], or one of an app's"
                f" own scheme, without a fragment or a user name; got {one!r:.100}."
            )
    return tuple(dict.fromkeys(uris))


def _may_be_sent_to(url: str) -> bool:
    if not is_web_address(url):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if parts.fragment or "#" in url or "@" in parts.netloc or "\\" in url or not parts.hostname:
        return False
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK
    return parts.scheme not in {"ws", "wss", "ftp", "blob", "about", "filesystem", "view-source", "intent"}


_COUNT = sa.select(sa.func.count(table.c.id))
_ONE = sa.select(table.c.id, table.c.name, table.c.redirect_uris).where(table.c.id == sa.bindparam("id"))
