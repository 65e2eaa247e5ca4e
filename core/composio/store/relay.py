"""Ring a process's bell for rows that other processes of a PostgreSQL database store. Source: its documentation of LISTEN."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from composio.errors import StoreError
from composio.store.bell import CHANNEL, Topic
from composio.store.database import Database

__all__ = ["Relay"]

log = logging.getLogger("composio.store")
# Seconds between two checks for a stop, and between two attempts to connect.
_LOOK: Final = 0.25
_BETWEEN_TRIES: Final = 5.0


class Relay:
    """Rings a database's bell for rows of other processes, while it runs. SQLite has no such means: there it ends at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopped = threading.Event()

    async def run(self) -> None:
        """Run until :meth:`stop`. A lost session is reopened; waiters poll meanwhile."""
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
        """End :meth:`run` within a moment. Callable from any thread."""
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
                driver.execute(f"LISTEN {CHANNEL}")
                for topic in Topic:  # notifications from before
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
        with suppress(ValueError):  # from a later version
            self._database.bell.ring(Topic(payload))
