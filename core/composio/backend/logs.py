"""The log of calls, as surfaces read it."""

from __future__ import annotations

from typing import Protocol

from composio.model.figures import FigureFilter, Figures
from composio.model.logged import CallFilter, ChainCheck, LoggedCall

__all__ = ["LogService"]


class LogService(Protocol):
    """Reads what was logged. Whether calls are is the operator's to say: ``COMPOSIO_LOG_CALLS`` embedded, each project on a server."""

    async def list_calls(self, which: CallFilter) -> list[LoggedCall]:
        """Newest first."""
        ...

    async def call(self, call_id: str) -> LoggedCall:
        """One call. Raises ``LoggedCallNotFound``."""
        ...

    async def check(self, head: tuple[int, str] | None = None) -> ChainCheck:
        """Check the chain of calls; ``head`` is the number and the hash of a link, as an earlier check gave them."""
        ...

    async def figures(self, which: FigureFilter) -> Figures:
        """Calls, events and deliveries by hour or day, app and entity. Raises ``InvalidRequest`` for hours out of bounds."""
        ...

    async def forget(self, entity_id: str) -> dict[str, int]:
        """Erase what ``calls`` and ``events`` say of an entity, for good; how many there were. The chain of calls holds as before."""
        ...
