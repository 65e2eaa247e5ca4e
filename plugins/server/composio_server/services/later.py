"""Deferred writes: with the next write that has a waiter, after a moment, or once the database is back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from composio.store.gathering import Gathering

__all__ = ["LateWriter"]

T = TypeVar("T")
_LATEST = 0.02  # seconds for which a value waits for a synchronous write, whose transaction includes it
_BETWEEN = 1.0  # seconds between two calls of ``then``
_PAUSE = 1.0  # seconds before an unavailable database is tried again

log = logging.getLogger("composio.server")


class LateWriter(Generic[T]):
    """Thread-safe. ``what`` names the pending writes in the log, as in ``"ends of calls"``.

    ``then`` is called after a write, once a second at most, and at the end.
    """

    def __init__(self, gathering: Gathering[T, Any], what: str, *, then: Callable[[], object] | None = None) -> None:
        self._gathering, self._what, self._then = gathering, what, then
        self._has_come, self._starting = threading.Event(), threading.Lock()
        self._writer: tuple[threading.Thread, threading.Event] | None = None  # and what stops it

    def put(self, value: T) -> None:
        """Write ``value`` soon."""
        self._gathering.put(value)
        if not self._has_come.is_set():
            with self._starting:
                if self._writer is None:
                    stop = threading.Event()
                    writer = threading.Thread(target=self._write, args=[stop], name="composio-late-writer", daemon=True)
                    self._writer = writer, stop
                    writer.start()
            self._has_come.set()

    def stop(self) -> None:
        """Write pending values; an unavailable database is tried once. Later values start it again."""
        with self._starting:
            writing, self._writer = self._writer, None
        if writing is not None:
            writer, stop = writing
            stop.set()
            self._has_come.set()
            writer.join()
        try:
            self._gathering.flush()
            if writing is not None and self._then is not None:
                self._then()
        except Exception as error:
            log.error("%d %s could not be written: %s", len(self._gathering), self._what, error)  # noqa: TRY400 - it says why

    def _write(self, stop: threading.Event) -> None:
        called = float("-inf")
        while self._has_come.wait():
            self._has_come.clear()
            if stop.wait(_LATEST):
                return
            try:
                self._gathering.flush()
                if self._then is not None and time.monotonic() - called > _BETWEEN:
                    called = time.monotonic()
                    self._then()
            except Exception as error:
                log.warning("%d %s are not written yet: %s", len(self._gathering), self._what, error)
                self._has_come.set()
                if stop.wait(_PAUSE):
                    return
