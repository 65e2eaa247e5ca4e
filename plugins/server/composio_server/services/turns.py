"""A call's turn on a thread: the waiter and the thread agree which of them records its end."""

from __future__ import annotations

import threading

from composio.store.calls import CallRow

__all__ = ["Turn"]


class Turn:
    """Thread-safe. A blocking thread cannot be cancelled: it continues alone once nobody waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._row: CallRow | None = None
        self.is_over = False

    @property
    def is_sent(self) -> bool:
        """Whether the call was started: then it may have been sent."""
        return self._row is not None

    @property
    def log_id(self) -> str:
        """The call's id in the log; empty before the start."""
        return self._row.id if self._row is not None else ""

    def begin(self, row: CallRow) -> bool:
        """Mark the call as about to be sent; False if nobody waits any more: then it must not be sent."""
        with self._lock:
            if not self.is_over:
                self._row = row
            return not self.is_over

    def end(self) -> bool:
        """Mark the call as ended; False if its end was recorded already."""
        with self._lock:
            was_over, self.is_over = self.is_over, True
            return not was_over

    def give_up(self) -> CallRow | None:
        """Stop waiting; return the row of a call to finish, None if it was finished or has not started."""
        with self._lock:
            was_over, self.is_over = self.is_over, True
            return None if was_over else self._row
