"""Read a file of connections that can't be written in place (read-only mount, image, full disk) from a copy.

SQLite reads a file in WAL mode only if it can write next to it. The copy follows the original, which others may change.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import sqlalchemy as sa

from composio.errors import StoreError
from composio.process.forks import lock
from composio.store.database import Database, Engines, Reach

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ReadOnly"]

T = TypeVar("T")

# Seconds between two checks of the original.
_LOOK = 1.0
_TRIES = 10


class ReadOnly(Database):
    """Copies ``file`` into the folder ``spare``, again after each change. Writing raises ``StoreError``."""

    def __init__(self, file: Path, spare: Path) -> None:
        super().__init__(sa.URL.create("sqlite", database=str(file)))
        self._file, self._spare = file, spare
        self._copying = lock()
        self._seen: object = None
        self._look_at = 0.0

    @contextmanager
    def write(self, reach: Reach | None = None, *, lasting: bool = True) -> Iterator[sa.Connection]:
        del reach, lasting
        self._refuse()
        yield

    def change_aside(self, work: Callable[[sqlite3.Connection], T], *, lasting: bool = True) -> T:
        del work, lasting
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise StoreError(
            f"The connections in {self._file} can't be changed: {self._file.parent} can't be written. "
            "Set COMPOSIO_HOME to a folder that can."
        )

    def _opened(self) -> Engines:
        if time.monotonic() >= self._look_at:
            with self._copying:
                self._follow()
                self._look_at = time.monotonic() + _LOOK
        return super()._opened()

    def _follow(self) -> None:
        if self._seen is not None and self._seen == _state(self._file):
            return
        self.close()
        folder = self._spare
        for old in folder.glob(f"{self._file.name}.copy-*"):
            with suppress(OSError):
                old.unlink()
        copy = folder / f"{self._file.name}.copy-{os.getpid()}-{time.monotonic_ns()}"
        self._seen = _copy(self._file, copy)
        self.url = sa.URL.create("sqlite", database=str(copy))


def _copy(file: Path, copy: Path) -> object:
    """Copy ``file`` with its write-ahead log as one consistent state. Returns a mark of that state."""
    for _ in range(_TRIES):
        before = _state(file)
        for suffix in ("", "-wal"):
            target = copy.with_name(copy.name + suffix)
            target.unlink(missing_ok=True)
            try:
                with (
                    file.with_name(file.name + suffix).open("rb") as original,
                    open(target, "xb", opener=_private) as copied,
                ):
                    shutil.copyfileobj(original, copied)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise StoreError(f"The connections in {file} can't be read: {error.strerror}.") from None
        if _state(file) == before:
            return before
        time.sleep(0.05)
    raise StoreError(
        f"The connections in {file} can't be read: they change constantly, and no file can be written next to them."
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _state(file: Path) -> object:
    """Return a mark that differs after every write."""
    found: list[tuple[int, int, int] | None] = []
    for suffix in ("", "-wal"):
        try:
            one = file.with_name(file.name + suffix).stat()
            found.append((one.st_mtime_ns, one.st_ino, one.st_size))
        except OSError:
            found.append(None)
    return tuple(found)
