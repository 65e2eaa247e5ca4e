"""Notify waiters of stored rows: in the same process, and in every process of a PostgreSQL database.

A bell only wakes. The work is in the tables, so a lost ring costs the time until the next look.
Source: PostgreSQL's documentation of LISTEN and NOTIFY.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from composio.process.forks import lock, renew

__all__ = ["CHANNEL", "Bell", "Topic", "announce"]

CHANNEL: Final = "composio"
_NOTIFY: Final = sa.text(f"SELECT pg_notify('{CHANNEL}', :topic)")


class Topic(StrEnum):
    """The kinds of stored rows."""

    EVENTS = "events"
    JOBS = "jobs"


def announce(connection: sa.Connection, topic: Topic) -> None:
    """Ring the bells of all processes once the transaction commits. Does nothing in SQLite."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, {"topic": topic.value})


class Bell:
    """The bell of one database in one process. Thread-safe; a forked child starts without waiters."""

    def __init__(self) -> None:
        self._lock = lock()
        self._hearers: dict[Topic, list[Callable[[], object]]] = {}
        renew(self)

    def before_fork(self) -> None:
        """Nothing to do: the parent continues."""

    def after_fork(self) -> None:
        """Drop the waiters: they are threads and loops of the parent."""
        self._hearers = {}

    @contextmanager
    def hearing(self, topic: Topic, wake: Callable[[], object]) -> Iterator[None]:
        """Call ``wake``, which neither blocks nor raises, at each ring, on any thread."""
        with self._lock:
            self._hearers[topic] = [*self._hearers.get(topic, ()), wake]
        try:
            yield
        finally:
            with self._lock:
                self._hearers[topic] = [one for one in self._hearers.get(topic, ()) if one is not wake]

    def ring(self, topic: Topic) -> None:
        """Wake the waiters of a kind."""
        for wake in self._hearers.get(topic, ()):
            wake()
