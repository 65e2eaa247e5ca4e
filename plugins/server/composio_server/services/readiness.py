"""Check that this instance can work: the catalog is open, and the database readable and writable."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import sqlalchemy as sa

from composio.store.database import Database
from composio_server.services.clock import SharedClock
from composio_server.services.threads import off_loop
from composio_server.store.tables import probes

__all__ = ["Readiness"]

_SECONDS: Final = 1.0  # for which a result is cached: frequent checks cause no work
_SIZE: Final = 16 * 1024  # bytes: more than the free space of a page


class Readiness:
    """Check once for all concurrent requests. ``open_catalog`` raises if it cannot be opened."""

    def __init__(self, database: Database, clock: SharedClock, open_catalog: Callable[[], Awaitable[Any]]) -> None:
        self._database, self._clock, self._open_catalog = database, clock, open_catalog
        self._checking: asyncio.Task[None] | None = None
        self._checked_at = float("-inf")

    async def check(self) -> None:
        """Raise what prevents this instance from working: a ``StoreError`` whose reason says how the database fails."""
        checking = self._checking
        if checking is None or (checking.done() and time.monotonic() - self._checked_at >= _SECONDS):
            checking = self._checking = asyncio.get_running_loop().create_task(self._check())
        await asyncio.shield(checking)

    async def _check(self) -> None:
        try:
            await self._open_catalog()
            await off_loop(self.write)
            await off_loop(self._clock.measure)
        finally:
            self._checked_at = time.monotonic()

    def write(self) -> None:
        """Write and delete a row, which fails on a full or read-only database."""
        row = {"id": secrets.token_hex(16), "filling": secrets.token_bytes(_SIZE)}
        with self._database.write() as connection:
            connection.execute(sa.insert(probes).values(row))
            connection.execute(sa.delete(probes).where(probes.c.id == row["id"]))
