"""The audit log of a project: which key or person changed what, and the outcome."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from composio.store.database import Database
from composio.store.gathering import Gathering
from composio_server.services.later import LateWriter
from composio_server.services.threads import off_loop
from composio_server.store.tables import audit as table

__all__ = ["Audit", "AuditEntry"]

_KEPT = 400 * 86_400.0  # seconds: a year, and some weeks to examine it


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """``actor`` is ``key:ID`` or ``person:ID``; ``action`` a method with its route; ``target`` the ids in the route.

    ``at`` is seconds since 1970, ``status`` HTTP's: 403 and 404 are attempts.
    """

    project_id: str
    at: float
    actor: str
    action: str
    target: Mapping[str, Any]
    status: int
    request_id: str
    seq: int | None = None


class Audit:
    """Write and read the log. ``note`` leaves the writing to a thread; the others block."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now
        self._noted: LateWriter[AuditEntry] = LateWriter(Gathering(self._add), "entries of the audit log")

    def note(
        self, project_id: str, actor: str, action: str, target: Mapping[str, Any], *, status: int, request_id: str
    ) -> None:
        """Record a change without waiting. If the database is away, it is written later."""
        self._noted.put(self._entry(project_id, actor, action, target, status, request_id))

    def write(
        self, project_id: str, actor: str, action: str, target: Mapping[str, Any], *, status: int, request_id: str
    ) -> None:
        """Record a change and wait until it is stored. Blocking."""
        self._add([self._entry(project_id, actor, action, target, status, request_id)])

    def _entry(
        self, project_id: str, actor: str, action: str, target: Mapping[str, Any], status: int, request_id: str
    ) -> AuditEntry:
        return AuditEntry(
            project_id=project_id,
            at=self._now(),
            actor=actor,
            action=action,
            target={str(name): _storable(str(value)[:200]) for name, value in target.items()},
            status=status,
            request_id=request_id,
        )

    def list_entries(self, project_id: str, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
        """Return entries, newest first; ``before`` is the ``seq`` of the last one seen."""
        statement = sa.select(*_COLUMNS).where(table.c.project_id == project_id).order_by(table.c.seq.desc()).limit(limit)
        if before is not None:
            statement = statement.where(table.c.seq < before)
        return [AuditEntry(**dict(zip(_NAMES, row, strict=True))) for row in self._database.rows(statement)]

    def sweep(self) -> int:
        """Delete entries older than 400 days."""
        return self._database.change(sa.delete(table).where(table.c.at < self._now() - _KEPT))

    async def aclose(self) -> None:
        """Write pending entries."""
        await off_loop(self._noted.stop)

    def _add(self, entries: Sequence[AuditEntry]) -> list[None]:
        rows = [{name: value for name, value in asdict(one).items() if name != "seq"} for one in entries]
        with self._database.write() as connection:
            connection.execute(sa.insert(table), rows)
        return [None] * len(entries)


def _storable(text: str) -> str:
    """Return client text from paths in a form that every database accepts."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


_COLUMNS = tuple(table.c)
_NAMES = tuple(column.name for column in _COLUMNS)
