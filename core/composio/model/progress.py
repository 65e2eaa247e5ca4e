"""The progress of a call for whoever waits for it: a surface registers a listener, and running code reports."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

__all__ = ["HEARS", "Hear"]


class Hear(Protocol):
    """Gets the progress of a running call. On any thread; returns at once and raises nothing."""

    def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        """``progress`` of ``total``, if known, in the upstream's unit; ``message`` is the upstream's own text."""
        ...


HEARS: ContextVar[Hear | None] = ContextVar("composio_hears", default=None)
"""The listener for the progress of calls that begin in this context."""
