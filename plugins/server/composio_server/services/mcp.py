"""MCP servers: their tools, and the signed URLs that need no key and act as one user."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa

from composio.errors import NotFoundError
from composio.store.database import Database
from composio_server.store.tables import mcp_servers as table

__all__ = ["PATH", "McpServer", "McpServerConfig", "McpServerNotFound", "McpServers", "Signed", "url_of"]


PATH: Final = "/composio/server"
"""The path of a server for clients, before its id."""


class McpServerNotFound(NotFoundError):
    """An MCP server that this project does not have."""

    kind = "MCP server"


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServerConfig:
    """``toolkits`` are apps' keys, ``auth_configs`` integrations' ids by app.

    ``allowed_tools`` are the actions that clients may call. ``managed`` gives every client the tool that connects its user.
    """

    toolkits: Sequence[str]
    allowed_tools: Sequence[str]
    auth_configs: Mapping[str, str]
    managed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """One server. Times are seconds since 1970."""

    id: str
    project_id: str
    name: str
    config: McpServerConfig
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The subject of a signed URL: a user or an account, permanently or until ``expires``, in seconds since 1970."""

    user_id: str | None = None
    connected_account_id: str | None = None
    expires: int | None = None


class McpServers:
    """Read and write MCP servers. Blocking."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now

    def create(self, project_id: str, name: str, config: McpServerConfig) -> McpServer:
        """Create a server. Its signing key stays in the database."""
        now = self._now()
        made = McpServer(id=str(uuid.uuid4()), project_id=project_id, name=name, config=config, created_at=now, updated_at=now)
        row = {"id": made.id, "project_id": project_id, "name": name, "config": _write(config), "created_at": now}
        self._database.change(sa.insert(table).values(**row, secret=secrets.token_bytes(32), updated_at=now))
        return made

    def get(self, project_id: str, server_id: str) -> McpServer:
        """Return a server. Raises ``McpServerNotFound`` for another project's and for an unknown one."""
        row = self._database.first(_ONE, {"id": server_id})
        if row is None or row[1] != project_id:
            raise McpServerNotFound(server_id)
        return _read(row)

    def find(self, server_id: str) -> McpServer | None:
        """Return a server of any project; None if it does not exist. For callers that prove their access otherwise."""
        row = self._database.first(_ONE, {"id": server_id})
        return None if row is None else _read(row)

    def list_servers(self, project_id: str) -> list[McpServer]:
        """Return a project's servers, oldest first."""
        statement = sa.select(*_COLUMNS).where(table.c.project_id == project_id).order_by(table.c.created_at, table.c.id)
        return [_read(row) for row in self._database.rows(statement)]

    def change(self, project_id: str, server_id: str, name: str, config: McpServerConfig) -> McpServer:
        """Change a server's name and tools. Raises ``McpServerNotFound``."""
        values = {"name": name, "config": _write(config), "updated_at": self._now()}
        if not self._database.change(sa.update(table).where(*_mine(project_id, server_id)).values(values)):
            raise McpServerNotFound(server_id)
        return self.get(project_id, server_id)

    def delete(self, project_id: str, server_id: str) -> None:
        """Delete a server, and with it every signed URL. Raises ``McpServerNotFound``."""
        if not self._database.change(sa.delete(table).where(*_mine(project_id, server_id))):
            raise McpServerNotFound(server_id)

    def rotate(self, project_id: str, server_id: str) -> McpServer:
        """Replace the signing key: existing signed URLs become invalid. Raises ``McpServerNotFound``."""
        values = {"secret": secrets.token_bytes(32), "updated_at": self._now()}
        if not self._database.change(sa.update(table).where(*_mine(project_id, server_id)).values(values)):
            raise McpServerNotFound(server_id)
        return self.get(project_id, server_id)

    def sign(self, server: McpServer, signed: Signed) -> str:
        """Return the signature of a URL that lets its holder act as one user on one server.

        It is valid until the server is deleted or rotated.
        """
        row = self._database.first(_SECRET, {"id": server.id})
        if row is None:
            raise McpServerNotFound(server.id)
        return _signature(bytes(row[0]), server.id, signed)

    def open(self, server_id: str, signed: Signed, signature: str) -> McpServer | None:
        """Return the server of a signed URL; None if it is invalid or expired."""
        row = self._database.first(_ONE, {"id": server_id})
        # The same time for an unknown id.
        key = bytes(row[len(_COLUMNS)]) if row is not None else b"\0" * 32
        wanted = _signature(key, server_id, signed)
        good = hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogatepass"))
        ended = signed.expires is not None and signed.expires <= self._now()
        return _read(row) if row is not None and good and not ended else None


def url_of(public_url: str, server: McpServer, **query: str | None) -> str:
    """Return the URL of a server, with additional parameters."""
    given = {"transport": "sse", **{name: value for name, value in query.items() if value is not None}}
    return f"{public_url}{PATH}/{server.id}?{urlencode(given)}"


def _signature(key: bytes, server_id: str, signed: Signed) -> str:
    until = [] if signed.expires is None else [signed.expires]
    said = json.dumps(["composio:mcp", server_id, signed.user_id, signed.connected_account_id, *until])
    return base64.urlsafe_b64encode(hmac.new(key, said.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()


def _write(config: McpServerConfig) -> dict[str, Any]:
    return {**asdict(config), "toolkits": list(config.toolkits), "allowed_tools": list(config.allowed_tools)}


def _mine(project_id: str, server_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.id == server_id, table.c.project_id == project_id


_COLUMNS = (table.c.id, table.c.project_id, table.c.name, table.c.config, table.c.created_at, table.c.updated_at)
_ONE = sa.select(*_COLUMNS, table.c.secret).where(table.c.id == sa.bindparam("id"))
_SECRET = sa.select(table.c.secret).where(table.c.id == sa.bindparam("id"))


def _read(row: Any) -> McpServer:
    return McpServer(
        id=row[0],
        project_id=row[1],
        name=row[2],
        config=McpServerConfig(**row[3]),
        created_at=row[4],
        updated_at=row[5],
    )
