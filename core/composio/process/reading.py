"""Run read-only coroutines of synchronous callers on the calling thread, without a loop or another thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["is_reading", "reading"]

_READING: ContextVar[bool] = ContextVar("composio_reading", default=False)


def is_reading() -> bool:
    """Return whether the caller waits for this thread, so that another thread would gain nothing."""
    return _READING.get()


@contextmanager
def reading() -> Iterator[None]:
    """Run the block's calls on the calling thread."""
    token = _READING.set(True)
    try:
        yield
    finally:
        _READING.reset(token)
