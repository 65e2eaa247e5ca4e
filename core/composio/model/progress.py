"""How far a call is, for whoever waits for it: a surface says who hears, and what runs the call tells."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

__all__ = ["HEARS", "Hear"]


class Hear(Protocol):
    """Takes what is known of a call that runs. On any thread; returns at once and raises nothing."""

    def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        """``progress`` of ``total``, if that is known, in a unit of the upstream's; ``message`` is the upstream's own text."""
        ...


HEARS: ContextVar[Hear | None] = ContextVar("composio_hears", default=None)
"""Who hears of the progress of calls that begin in this context."""
