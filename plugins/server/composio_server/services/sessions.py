"""Tool router sessions: an agent's user and tools. Every change of a config is stored as a version."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from composio.errors import NotFoundError
from composio.store.database import Database
from composio_server.services.ids import make_id
from composio_server.store.tables import session_configs, sessions

__all__ = ["PATH", "Session", "SessionConflict", "SessionNotFound", "SessionVersion", "Sessions"]


PATH: Final = "/composio/session"
"""The path of sessions as MCP servers, before their ids."""


class SessionConflict(Exception):
    """A config that was changed meanwhile."""


class SessionNotFound(NotFoundError):
    """A session that this project does not have."""

    kind = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """``config`` is JSON-ready, from the newest ``version``. Times are seconds since 1970."""

    id: str
    user_id: str
    version: int
    config: Mapping[str, Any]
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionVersion:
    """A current or former config of a session."""

    version: int
    config: Mapping[str, Any]
    created_at: float


class Sessions:
    """Read and write sessions. Blocking."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now

    def create(self, project_id: str, user_id: str, config: Mapping[str, Any]) -> Session:
        """Create a session."""
        made = Session(id=make_id("trs"), user_id=user_id, version=1, config=config, created_at=self._now())
        with self._database.write() as transaction:
            transaction.execute(
                sa.insert(sessions).values(
                    id=made.id, project_id=project_id, user_id=user_id, version=1, created_at=made.created_at
                )
            )
            transaction.execute(sa.insert(session_configs).values(_row(project_id, made.id, 1, config, made.created_at)))
        return made

    def get(self, project_id: str, session_id: str) -> Session:
        """Return a session. Raises ``SessionNotFound`` for another project's and for an unknown one."""
        row = self._database.first(_ONE, {"id": session_id, "project": project_id})
        if row is None:
            raise SessionNotFound(session_id)
        return _read(row)

    def list_sessions(
        self, project_id: str, *, user_id: str | None = None, after: str | None = None, limit: int = 50
    ) -> list[Session]:
        """Return a project's, newest first, after the session ``after``. Raises ``SessionNotFound`` if that is unknown."""
        statement = _ALL.where(sessions.c.project_id == project_id).order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
        if user_id is not None:
            statement = statement.where(sessions.c.user_id == user_id)
        if after is not None:
            last = self.get(project_id, after)
            at, older = sessions.c.created_at, sessions.c.created_at < last.created_at
            statement = statement.where(sa.or_(older, sa.and_(at == last.created_at, sessions.c.id < last.id)))
        return [_read(row) for row in self._database.rows(statement.limit(limit))]

    def project_of(self, session_id: str) -> str | None:
        """Return the project of a session; None if it does not exist. For callers that prove their access otherwise."""
        row = self._database.first(_PROJECT, {"id": session_id})
        return None if row is None else str(row[0])

    def change(
        self,
        project_id: str,
        session_id: str,
        change: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        *,
        expected: int | None = None,
    ) -> Session:
        """Store the result of ``change`` for the config as a new version; concurrent changes are serialised.

        Raises ``SessionConflict`` if the version is no longer ``expected``.
        """
        while True:
            before = self.get(project_id, session_id)
            if expected is not None and before.version != expected:
                raise SessionConflict(f"The session's config is at version {before.version}, not at {expected}: read it again.")
            config = change(before.config)
            if config == before.config:
                return before
            version, now = before.version + 1, self._now()
            with self._database.write() as transaction:
                here = sa.and_(
                    sessions.c.id == session_id, sessions.c.project_id == project_id, sessions.c.version == before.version
                )
                if transaction.execute(sa.update(sessions).where(here).values(version=version)).rowcount != 1:
                    continue
                transaction.execute(sa.insert(session_configs).values(_row(project_id, session_id, version, config, now)))
            return Session(id=session_id, user_id=before.user_id, version=version, config=config, created_at=before.created_at)

    def versions(self, project_id: str, session_id: str) -> list[SessionVersion]:
        """Return versions, newest first. Raises ``SessionNotFound``."""
        self.get(project_id, session_id)
        columns = (session_configs.c.version, session_configs.c.config, session_configs.c.created_at)
        statement = (
            sa.select(*columns)
            .where(session_configs.c.session_id == session_id, session_configs.c.project_id == project_id)
            .order_by(session_configs.c.version.desc())
        )
        return [SessionVersion(version=row[0], config=row[1], created_at=row[2]) for row in self._database.rows(statement)]

    def delete(self, project_id: str, session_id: str) -> None:
        """Delete one, and every version of its config. Raises ``SessionNotFound``."""
        with self._database.write() as transaction:
            mine = sa.and_(session_configs.c.session_id == session_id, session_configs.c.project_id == project_id)
            transaction.execute(sa.delete(session_configs).where(mine))
            gone = sa.delete(sessions).where(sessions.c.id == session_id, sessions.c.project_id == project_id)
            if transaction.execute(gone).rowcount != 1:
                raise SessionNotFound(session_id)


def _row(project_id: str, session_id: str, version: int, config: Mapping[str, Any], now: float) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "version": version,
        "project_id": project_id,
        "config": dict(config),
        "created_at": now,
    }


def _read(row: Any) -> Session:
    return Session(id=row[0], user_id=row[1], version=row[2], created_at=row[3], config=row[4])


_ALL = sa.select(sessions.c.id, sessions.c.user_id, sessions.c.version, sessions.c.created_at, session_configs.c.config).join(
    session_configs, sa.and_(session_configs.c.session_id == sessions.c.id, session_configs.c.version == sessions.c.version)
)
_ONE = _ALL.where(sessions.c.id == sa.bindparam("id"), sessions.c.project_id == sa.bindparam("project"))
_PROJECT = sa.select(sessions.c.project_id).where(sessions.c.id == sa.bindparam("id"))
