"""A process that stops at one of its calls of Python functions, for programs that tests start."""

from __future__ import annotations

import os
import sys

__all__ = ["count_calls"]


def count_calls(last: int, signal: int) -> list[int]:
    """Send this process ``signal`` at the call of that number, 0 for never. The number of calls so far is the one item.

    ``sys.setprofile(None)`` ends it.
    """
    calls = [0]

    def count(*_: object) -> None:
        calls[0] += 1
        if calls[0] == last:
            os.kill(os.getpid(), signal)

    sys.setprofile(count)
    return calls
