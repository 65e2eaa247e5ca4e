"""Tells those who wait that rows were stored: at once in the same process, and in every process of a PostgreSQL database.

A bell only wakes. What there is to do stands in the tables, so a ring that is lost costs the time until the next look.
Source: PostgreSQL's documentation of LISTEN and NOTIFY.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from composio.errors import StoreError
from composio.process.forks import lock, renew

if TYPE_CHECKING:
    from composio.store.database import Database

__all__ = ["Bell", "Relay", "Topic", "announce"]

log = logging.getLogger("composio.store")
_CHANNEL: Final = "composio"
_NOTIFY: Final = sa.text(f"SELECT pg_notify('{_CHANNEL}', :topic)")
# Seconds after which a relay looks whether it was stopped, and between two tries to connect.
_LOOK: Final = 0.25
_BETWEEN_TRIES: Final = 5.0


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


class Relay:
    """Rings a database's bell for what other processes store, while it runs. SQLite can't tell: there it ends at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopped = threading.Event()

    async def run(self) -> None:
        """Until :meth:`stop`. A session that is lost is opened again; those who wait look by themselves meanwhile."""
        if not self._database.is_direct:
            return
        ended: Future[None] = Future()

        def serve() -> None:
            try:
                self._serve()
                ended.set_result(None)
            except BaseException as error:
                ended.set_exception(error)

        threading.Thread(target=serve, name="composio-relay", daemon=True).start()
        try:
            await asyncio.shield(asyncio.wrap_future(ended))
        finally:
            self.stop()

    def stop(self) -> None:
        """End :meth:`run` within a moment. From any thread."""
        self._stopped.set()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                self._hear()
            except (SQLAlchemyError, StoreError, OSError) as error:
                log.warning("notices of other processes don't come, trying again: %s", str(error).partition("\n")[0])
                self._stopped.wait(_BETWEEN_TRIES)

    def _hear(self) -> None:
        session = self._database.session()
        try:
            driver: Any = session.connection.dbapi_connection
            try:
                driver.execute(f"LISTEN {_CHANNEL}")
                for topic in Topic:  # what came before
                    self._database.bell.ring(topic)
                while not self._stopped.is_set():
                    for notice in driver.notifies(timeout=_LOOK):
                        self._ring(notice.payload)
            except session.dialect.loaded_dbapi.Error as error:
                raise StoreError(f"{self._database.name}: {error}", reason="away") from None
        finally:
            with suppress(SQLAlchemyError):
                session.close()

    def _ring(self, payload: str) -> None:
        with suppress(ValueError):  # a later version's
            self._database.bell.ring(Topic(payload))
