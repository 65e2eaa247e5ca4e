"""Questions to PostgreSQL that every call asks, put to its driver: SQLAlchemy's own way takes longer than the server's answer.

A few connections are kept for them, each in no transaction: a statement is one by itself, and one round trip.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

__all__ = ["GATE", "UNSYNCED", "Direct", "gate"]

# Seconds after which a connection that nobody used is asked whether it is still there, before something is written.
_RESTED: Final = 5.0

GATE: Final = "(SELECT set_config('composio.project', %(composio_project)s, true) || set_config('composio.every_project', %(composio_every)s, true)) IS NOT NULL"
"""A condition that holds its own statement to a reach, as policies read it row by row: PostgreSQL evaluates it before any row."""

UNSYNCED: Final = "(SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL"
"""A condition under which its statement's transaction does not wait for PostgreSQL's disk, for what a power cut may take."""


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
        """Whether the server said something meanwhile: that it ends the connection, or nothing more."""
        number = self.cursor.connection.fileno()
        if not hasattr(select, "poll"):  # Windows
            return bool(select.select([number], [], [], 0)[0])
        poll = select.poll()
        poll.register(number, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        self.cursor.connection.close()


class Direct:
    """Up to ``most`` connections. Blocking and thread-safe; raises what the driver raises.

    More than a few would wait for the interpreter rather than for the server.
    """

    def __init__(self, engine: sa.Engine, most: int) -> None:
        self._engine = engine
        self._idle: list[_Kept] = []
        self._turns = threading.BoundedSemaphore(most)
        self._closed = False

    def first(self, text: str, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The first row of what reads only. It is asked once more where the connection had been lost."""
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
        """Change something, and what it returns: a transaction by itself."""
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
        """A connection that is there."""
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
        if self._closed:  # somebody closed them meanwhile
            self._empty()

    def close(self) -> None:
        """Close those that nobody uses now; the others are closed by whoever uses them."""
        self._closed = True
        self._empty()

    def _empty(self) -> None:
        while True:
            try:
                kept = self._idle.pop()
            except IndexError:
                return
            kept.close()
