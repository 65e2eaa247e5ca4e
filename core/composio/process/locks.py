"""A lock between processes and threads, held on a file; the system releases it when its holder dies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path

from composio.process.forks import renew

__all__ = ["file_lock"]


class _Open:
    """The lock files that this process holds or waits for."""

    def __init__(self) -> None:
        self._files: set[RawIOBase] = set()
        renew(self)

    @contextmanager
    def known(self, file: RawIOBase) -> Iterator[None]:
        """Record ``file`` while inside."""
        self._files.add(file)
        try:
            yield
        finally:
            self._files.discard(file)

    def before_fork(self) -> None:
        """Nothing to do: the parent continues with them."""

    def after_fork(self) -> None:
        """A child that kept them open would hold the locks for its lifetime if its parent is killed."""
        for file in self._files:
            file.close()
        self._files = set()


_open = _Open()


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold the lock at ``path``, waiting for its holder. Not reentrant."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b", buffering=0) as file, _open.known(file):
        if sys.platform == "win32":
            import msvcrt
            import time

            while True:
                file.seek(0)
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                    break
                except OSError:
                    time.sleep(0.05)
            try:
                yield
            finally:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)
