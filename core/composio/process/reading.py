"""Synchronous callers who only read: their coroutines run on the calling thread, and need neither a loop nor a thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["is_reading", "reading"]

_READING: ContextVar[bool] = ContextVar("composio_reading", default=False)


def is_reading() -> bool:
    """Whether the caller waits for this very thread, so that nothing is gained by handing work to another one."""
    return _READING.get()


@contextmanager
def reading() -> Iterator[None]:
    """What is called within runs on the calling thread."""
    token = _READING.set(True)
    try:
        yield
    finally:
        _READING.reset(token)
