"""Periodic cleanup: old calls, old results, full buckets, ended authorizations."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType

from composio.errors import ComposioError
from composio_server.services.threads import off_loop

__all__ = ["Housekeeping"]

log = logging.getLogger("composio.server")
_EVERY = 300.0  # seconds; every instance runs it, and rows deleted by one are gone for the others


class Housekeeping:
    """Run each of ``sweeps``, by name, every five minutes. They block, and return the number of deleted rows."""

    def __init__(
        self,
        sweeps: Mapping[str, Callable[[], int]],
        every: float = _EVERY,
        first: Mapping[str, Callable[[], int]] = MappingProxyType({}),
    ) -> None:
        self._sweeps, self._every, self._first = {**first, **sweeps}, every, first

    async def run(self) -> None:
        """Run until cancelled. ``first`` runs immediately too."""
        await self.sweep(self._first)
        while True:
            # Instances are staggered.
            await asyncio.sleep(self._every * random.SystemRandom().uniform(0.5, 1.5))
            await self.sweep()

    async def sweep(self, sweeps: Mapping[str, Callable[[], int]] | None = None) -> dict[str, int]:
        """Run once; return the number of rows of each. One that fails is logged, and the others continue."""
        taken: dict[str, int] = {}
        for name, work in (self._sweeps if sweeps is None else sweeps).items():
            try:
                taken[name] = await off_loop(work)
            except ComposioError as error:
                log.warning("sweeping %s failed and is tried again later: %s", name, error)
        return taken
