"""Python's cyclic garbage collector where much is made that stays: looking through it again and again finds nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from composio.process.forks import lock, renew

__all__ = ["collect_seldom"]

# New objects between two looks. A tenth of a second's work, and at most some 100 MB of what only the collector could free.
_MANY = 1_000_000


class _Seldom:
    """How many are inside, and what was set before the first of them."""

    def __init__(self) -> None:
        self._lock = lock()
        self._inside = 0
        self._before = 0
        renew(self)

    def enter(self) -> None:
        with self._lock:
            if not self._inside:
                self._before, *others = gc.get_threshold()
                if 0 < self._before < _MANY:  # 0 is off
                    gc.set_threshold(_MANY, *others)
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._put_back()

    def _put_back(self) -> None:
        now, *others = gc.get_threshold()
        if now == _MANY:  # else somebody has set it meanwhile
            gc.set_threshold(self._before, *others)

    def before_fork(self) -> None:
        """Nothing to close."""

    def after_fork(self) -> None:
        if self._inside:  # by threads that the child does not have
            self._inside = 0
            self._put_back()


_SELDOM = _Seldom()


@contextmanager
def collect_seldom() -> Iterator[None]:
    """Have the collector look only once very many objects were made, until the last one inside has left.

    Compiling a large description takes a fifth less time so. Nothing changes where the program has switched the collector off,
    or has it look less often itself.
    """
    _SELDOM.enter()
    try:
        yield
    finally:
        _SELDOM.leave()
