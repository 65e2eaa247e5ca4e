"""A call's turn on a thread: the waiter and the thread agree which of them records its end."""

from __future__ import annotations

import threading

from composio.store.calls import CallRow

__all__ = ["Turn"]


class Turn:
    """Thread-safe. A thread that blocks can't be cancelled: it goes on alone once nobody waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._row: CallRow | None = None
        self.is_over = False

    @property
    def is_sent(self) -> bool:
        """Whether the call was begun: then it may have been sent."""
        return self._row is not None

    @property
    def log_id(self) -> str:
        """What the log has the call under; empty where it has not begun."""
        return self._row.id if self._row is not None else ""

    def begin(self, row: CallRow) -> bool:
        """The call is about to be sent; False where nobody waits for it any more: then it must not be."""
        with self._lock:
            if not self.is_over:
                self._row = row
            return not self.is_over

    def end(self) -> bool:
        """The call ended; False where its end was told already."""
        with self._lock:
            was_over, self.is_over = self.is_over, True
            return not was_over

    def give_up(self) -> CallRow | None:
        """Wait no longer; the row of a call whose end is now to be told, None where it was told or has not begun."""
        with self._lock:
            was_over, self.is_over = self.is_over, True
            return None if was_over else self._row
