"""Tells those who wait that rows were stored: at once in the same process, and in every process of a PostgreSQL database.

A bell only wakes. What there is to do stands in the tables, so a ring that is lost costs the time until the next look.
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
    """What was stored."""

    EVENTS = "events"
    JOBS = "jobs"


def announce(connection: sa.Connection, topic: Topic) -> None:
    """In a transaction: ring the bells of all processes once it is committed. Nothing where the database has no such means."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, {"topic": topic.value})


class Bell:
    """One database's, in one process. Thread-safe; a forked child has nobody who hears it."""

    def __init__(self) -> None:
        self._lock = lock()
        self._hearers: dict[Topic, list[Callable[[], object]]] = {}
        renew(self)

    def before_fork(self) -> None:
        """Nothing: the parent goes on."""

    def after_fork(self) -> None:
        """Those who heard it are threads and loops of the parent's."""
        self._hearers = {}

    @contextmanager
    def hearing(self, topic: Topic, wake: Callable[[], object]) -> Iterator[None]:
        """Have ``wake``, which neither blocks nor raises, called at each ring, on whichever thread that is."""
        with self._lock:
            self._hearers[topic] = [*self._hearers.get(topic, ()), wake]
        try:
            yield
        finally:
            with self._lock:
                self._hearers[topic] = [one for one in self._hearers.get(topic, ()) if one is not wake]

    def ring(self, topic: Topic) -> None:
        """Wake who waits for that."""
        for wake in self._hearers.get(topic, ()):
            wake()
