"""Frequent PostgreSQL queries, sent through its driver: SQLAlchemy takes longer than the server's response.

A few connections are reserved for them, in autocommit mode: a statement is one transaction, and one round trip.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

__all__ = ["GATE", "UNSYNCED", "Direct", "gate"]

# Seconds after which an idle connection is tested before a write.
_RESTED: Final = 5.0

GATE: Final = "(SELECT set_config('composio.project', %(composio_project)s, true) || set_config('composio.every_project', %(composio_every)s, true)) IS NOT NULL"
"""Restricts its own statement to a project, as row policies read it: PostgreSQL evaluates it before any row."""

UNSYNCED: Final = "(SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL"
"""A condition whose statement does not wait for PostgreSQL's disk, for data that a power cut may lose."""


def gate() -> sa.ColumnElement[bool]:
    """:data:`GATE`, for statements that SQLAlchemy compiles."""
    project = sa.func.set_config("composio.project", sa.bindparam("composio_project", type_=sa.Text), sa.true())
    every = sa.func.set_config("composio.every_project", sa.bindparam("composio_every", type_=sa.Text), sa.true())
    return sa.select(project.op("||")(every)).scalar_subquery().is_not(None)


class _Kept:
    """A connection with its cursor."""

    __slots__ = ("cursor", "used_at")

    def __init__(self, engine: sa.Engine) -> None:
        taken = engine.raw_connection()
        driver: Any = taken.driver_connection
        taken.detach()
        driver.autocommit = True
        self.cursor = driver.cursor()
        self.used_at = time.monotonic()

    @property
    def is_lost(self) -> bool:
        return bool(self.cursor.connection.closed)

    @property
    def is_told(self) -> bool:
        """Return whether the server sent something meanwhile: it is ending the connection."""
        number = self.cursor.connection.fileno()
        if not hasattr(select, "poll"):  # Windows
            return bool(select.select([number], [], [], 0)[0])
        poll = select.poll()
        poll.register(number, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        self.cursor.connection.close()


class Direct:
    """A pool of up to ``most`` connections. Blocking and thread-safe; raises the driver's errors.

    More would wait for the interpreter rather than for the server.
    """

    def __init__(self, engine: sa.Engine, most: int) -> None:
        self._engine = engine
        self._idle: list[_Kept] = []
        self._turns = threading.BoundedSemaphore(most)
        self._closed = False

    def first(self, text: str, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """Return the first row of a read. Retried once if the connection was lost."""
        with self._turns:
            kept = self._take()
            try:
                return self._first(kept, text, values)
            except self._engine.dialect.loaded_dbapi.OperationalError:
                if not kept.is_lost:
                    raise
            return self._first(_Kept(self._engine), text, values)

    def _first(self, kept: _Kept, text: str, values: Mapping[str, Any]) -> Sequence[Any] | None:
        try:
            kept.cursor.execute(text, values)
            row: Sequence[Any] | None = kept.cursor.fetchone()
        finally:
            self._give_back(kept)
        return row

    def change(self, text: str, values: Mapping[str, Any]) -> list[Sequence[Any]]:
        """Run a write and return its rows, as one transaction."""
        with self._turns:
            kept = self._take()
            if time.monotonic() - kept.used_at > _RESTED:
                kept = self._prove(kept)
            try:
                kept.cursor.execute(text, values)
                return list(kept.cursor.fetchall()) if kept.cursor.description else []
            finally:
                self._give_back(kept)

    def _prove(self, kept: _Kept) -> _Kept:
        """Return an idle connection or a new one."""
        try:
            kept.cursor.execute("")
        except self._engine.dialect.loaded_dbapi.Error:
            kept.close()
            self._empty()  # the others were lost with it
            return _Kept(self._engine)
        return kept

    def _take(self) -> _Kept:
        while True:
            try:
                kept = self._idle.pop()
            except IndexError:
                return _Kept(self._engine)
            if not kept.is_told:
                return kept
            kept.close()

    def _give_back(self, kept: _Kept) -> None:
        if kept.is_lost or self._closed:
            kept.close()
            return
        kept.used_at = time.monotonic()
        self._idle.append(kept)
        if self._closed:  # closed meanwhile
            self._empty()

    def close(self) -> None:
        """Close the idle connections; the others are closed after use."""
        self._closed = True
        self._empty()

    def _empty(self) -> None:
        while True:
            try:
                kept = self._idle.pop()
            except IndexError:
                return
            kept.close()
