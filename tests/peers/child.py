"""Work in a forked child."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

__all__ = ["in_child", "start_child", "wait_for"]

_PATIENCE = 60  # seconds for a child on a busy machine


def start_child(work: Callable[[], object]) -> int:
    """Fork a child that does ``work``; its process id."""
    child = os.fork()
    if child == 0:
        signal.alarm(_PATIENCE)
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return child


def wait_for(child: int) -> int:
    """What a child exits with: 0 where its work was true, 1 where it was not, 2 where it raised, below 0 where it never ended."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def in_child(work: Callable[[], object]) -> int:
    """What a child exits with that does ``work``, see :func:`wait_for`."""
    return wait_for(start_child(work))
