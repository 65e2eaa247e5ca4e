"""Detect which lease owners are alive: each holds a lock that the system releases when its process ends.

A lease's owner is one locked byte of a file next to the database. POSIX locks are a process's own: a forked child does not hold
its parent's, a stopped process keeps them, and a killed one has none. They have one trap: a process that closes the file, by
whichever descriptor, lets go of all of them. So each process has one descriptor for the file, and closes it when it holds
nothing.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["Presence", "hold", "unproven"]

# Names of owners without a lock: their end can't be detected.
_UNPROVEN = "~"


def unproven() -> str:
    """Return a name for an owner without a lock."""
    return _UNPROVEN + secrets.token_hex(8)


@contextmanager
def hold(take: Callable[[str], bool], drop: Callable[[str], object]) -> Iterator[str]:
    """Yield a new owner's name, locked while the block runs; one of :func:`unproven` if locking fails."""
    owner = secrets.token_hex(8)
    if not take(owner):
        yield unproven()
        return
    try:
        yield owner
    finally:
        drop(owner)


class Presence:
    """The owners in one file, of this process and others. ``file`` is created with the first one."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @contextmanager
    def holding(self) -> Iterator[str]:
        """Yield a new owner's name, locked while the block runs; one of :func:`unproven` if the system has no locks."""
        locks = _Locks.of(self._file)
        with hold(locks.take, locks.drop) as owner:
            yield owner

    def is_held(self, owner: str) -> bool | None:
        """Return whether ``owner`` is alive; None if unknown."""
        try:
            place = _place(owner)
        except ValueError:
            return None
        return _Locks.of(self._file).is_taken(owner, place)


def _place(owner: str) -> int:
    """Return the byte of the file for an owner; no byte is ever written. Windows takes offsets of 31 bits."""
    return int(owner, 16) >> 34


class _Locks:
    """The locks of this process in one file."""

    _known: dict[tuple[int, str], _Locks] = {}  # noqa: RUF012 - by process, as a child holds none of its parent's

    def __init__(self, file: str) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._descriptor: int | None = None

    @classmethod
    def of(cls, file: Path) -> _Locks:
        key = (os.getpid(), os.path.realpath(file))
        return cls._known.get(key) or cls._known.setdefault(key, cls(key[1]))

    def take(self, owner: str) -> bool:
        with self._lock:
            try:
                if self._descriptor is None:
                    self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
                _lock(self._descriptor, _place(owner), wait=True)
            except OSError:
                self._close_if_unused()
                return False
            self._held.add(owner)
            return True

    def drop(self, owner: str) -> None:
        with self._lock:
            self._held.discard(owner)
            if self._descriptor is not None:
                with suppress(OSError):
                    _unlock(self._descriptor, _place(owner))
            self._close_if_unused()

    def is_taken(self, owner: str, place: int) -> bool | None:
        with self._lock:
            if owner in self._held:
                return True
            try:
                if self._descriptor is None:
                    self._descriptor = os.open(self._file, os.O_RDWR)
                if not _lock(self._descriptor, place, wait=False):
                    return True
                _unlock(self._descriptor, place)
            except OSError:  # the file was removed, or this system has no locks
                return None
            else:
                return False
            finally:
                self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._descriptor is not None and not self._held:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, place: int, *, wait: bool) -> bool:
        os.lseek(descriptor, place, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except PermissionError:
            if wait:
                raise
            return False
        return True

    def _unlock(descriptor: int, place: int) -> None:
        os.lseek(descriptor, place, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int, place: int, *, wait: bool) -> bool:
        """Waits only while another process tests the lock."""
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, place)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _unlock(descriptor: int, place: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, place)
