"""The interface for reading the log of calls."""

from __future__ import annotations

from typing import Protocol

from composio.model.figures import FigureFilter, Figures
from composio.model.logged import CallFilter, ChainCheck, LoggedCall

__all__ = ["LogService"]


class LogService(Protocol):
    """Reads logged calls. The operator enables the log: ``COMPOSIO_LOG_CALLS`` embedded, per project on a server."""

    async def list_calls(self, which: CallFilter) -> list[LoggedCall]:
        """List calls, newest first."""
        ...

    async def call(self, call_id: str) -> LoggedCall:
        """Return one call. Raises ``LoggedCallNotFound``."""
        ...

    async def check(self, head: tuple[int, str] | None = None) -> ChainCheck:
        """Verify the hash chain of calls. ``head`` is the number and the hash of a link from an earlier check."""
        ...

    async def figures(self, which: FigureFilter) -> Figures:
        """Count calls, events and deliveries by hour or day, app and entity. Raises ``InvalidRequest`` for invalid hours."""
        ...

    async def forget(self, entity_id: str) -> dict[str, int]:
        """Erase an entity's data from ``calls`` and ``events``, permanently. Returns how many. The hash chain stays valid."""
        ...
