"""The catalog's SQLite file: opening, tables, and recovery.

Readers share one connection per process and never wait for a writer (WAL). A corrupt file, or one of another format, is moved
aside with one message; apps are then compiled again on use.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import weakref
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from composio.catalog.record import put_back, salvage
from composio.errors import CatalogError
from composio.process.forks import no_fork, renew, rlock
from composio.process.locks import file_lock
from composio.process.permissions import READABLE, keep_from_others

__all__ = ["FORMAT", "Database"]

T = TypeVar("T")
_log = logging.getLogger("composio")

# Version of the tables and of what importers store in them: increment it when either changes, and every catalog is rebuilt.
FORMAT = 27
_WAIT_SECONDS = 60.0
_PARENTS: list[sqlite3.Connection] = []  # dropping one would close it
# The catalog decides where calls, and credentials with them, are sent.
_REDIRECTED = "They could have changed where calls go: run `composio apps update`, which recompiles it."
_TABLES = """
CREATE TABLE apps (
    app TEXT PRIMARY KEY, fingerprint TEXT NOT NULL,
    source TEXT NOT NULL, version TEXT NOT NULL, license TEXT NOT NULL, sha256 TEXT NOT NULL,
    actions INTEGER NOT NULL, important INTEGER NOT NULL, warnings TEXT NOT NULL, files TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice, so that an id names one version of an action for good
    app TEXT NOT NULL, slug TEXT NOT NULL, tags TEXT NOT NULL, important INTEGER NOT NULL, deprecated INTEGER NOT NULL,
    operation TEXT NOT NULL, producers TEXT NOT NULL DEFAULT '', definition BLOB NOT NULL, responses BLOB NOT NULL
);
CREATE INDEX actions_app ON actions (app);
CREATE TABLE names (
    name TEXT NOT NULL, app TEXT NOT NULL, alias INTEGER NOT NULL, action INTEGER NOT NULL,
    PRIMARY KEY (name, app)
) WITHOUT ROWID;
CREATE INDEX names_app ON names (app);
CREATE TABLE former_names (
    name TEXT NOT NULL, app TEXT NOT NULL, operation TEXT NOT NULL, since TEXT NOT NULL, sure INTEGER NOT NULL,
    PRIMARY KEY (name, app)
) WITHOUT ROWID;
CREATE INDEX former_names_app ON former_names (app);
CREATE TABLE shared_names (
    name TEXT NOT NULL, app TEXT NOT NULL, slug TEXT NOT NULL, PRIMARY KEY (name, app, slug)
) WITHOUT ROWID;
CREATE INDEX shared_names_app ON shared_names (app);
CREATE TABLE webhooks (id INTEGER PRIMARY KEY, app TEXT NOT NULL, slug TEXT NOT NULL, definition BLOB NOT NULL);
CREATE INDEX webhooks_app ON webhooks (app);
CREATE TABLE blocks (app TEXT PRIMARY KEY, data BLOB NOT NULL);  -- of apps that a package brought and nobody used
CREATE TABLE known (  -- apps as they are defined, whether they were compiled or not; all in a row, as every process wants them
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, broken TEXT NOT NULL, apps TEXT NOT NULL, definitions BLOB NOT NULL
);
CREATE TABLE known_files (mark TEXT PRIMARY KEY, definition BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE definitions (app TEXT NOT NULL, name TEXT NOT NULL, schema BLOB NOT NULL, PRIMARY KEY (app, name)) WITHOUT ROWID;
CREATE TABLE request_definitions (
    app TEXT NOT NULL, name TEXT NOT NULL, schema BLOB NOT NULL, PRIMARY KEY (app, name)
) WITHOUT ROWID;
"""


class Database:
    """``path`` is called on first use, and starts as a copy of the first of ``shipped``. Thread-safe and fork-safe."""

    def __init__(self, path: Callable[[], Path], shipped: Callable[[], Sequence[Path]] = tuple) -> None:
        self._where, self._shipped = path, shipped
        self._lock = rlock()
        self._connection: sqlite3.Connection | None = None
        self._closer: Callable[[], object] | None = None
        self._opened = 0  # count of reopened connections: a connection's change counter is valid for itself only
        self.epoch = 0
        """Incremented whenever everything read before may be gone."""
        renew(self)

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self._where()

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what ``work`` reads. A file that turns out to be corrupt is rebuilt, empty, and read again."""
        with no_fork, self._lock:
            try:
                return work(self._open())
            except (sqlite3.DatabaseError, zlib.error) as error:
                if not _is_corrupt(error):
                    raise self._unusable(error) from error
                # SQLite checks its pages, not their content.
                self._set_aside(f"is corrupt ({error})", for_certain=isinstance(error, zlib.error))
                return work(self._open())

    def version(self) -> tuple[int, int, int]:
        """Return a value that changes when any process writes."""
        opened, found = self.read(lambda c: (self._opened, c.execute("PRAGMA data_version").fetchone()[0]))
        return self.epoch, opened, found

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction on a separate connection: readers see all of it or nothing."""
        self.read(lambda connection: connection.execute("SELECT 1 FROM apps LIMIT 1"))
        with no_fork, closing(_connect(self.path)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise self._unusable(error) from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with no_fork, self._lock:
            self._drop()

    def before_fork(self) -> None:
        """Close the connection before a fork.

        SQLite keeps a process's file locks in memory, and a child would take them for its own.
        """
        self._drop()

    def after_fork(self) -> None:
        """Leave the connection to the parent if it was in use at the fork."""
        if self._connection is not None:
            _PARENTS.append(self._connection)
        self._connection = self._closer = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            path = self.path
            keep_from_others(path, "to the catalog", _REDIRECTED, leave=READABLE)
            if not path.exists():
                self._begin(path)
            connection = _connect(path)
            try:
                found = _format(connection)
                if found not in {0, FORMAT}:
                    connection.close()
                    self._set_aside(f"has format {found}, not {FORMAT}")
                    return self._open()
                if found == 0:
                    self._create(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            self._opened += 1
            # Callers need not close connections; Python 3.13 warns about one that is merely dropped.
            self._closer = weakref.finalize(self, _close, connection, os.getpid())
        return self._connection

    def _drop(self) -> None:
        if self._closer is not None:
            self._closer()
        self._connection = self._closer = None

    def _begin(self, path: Path) -> None:
        """Start with a catalog from a package, if there is one."""
        if not (shipped := self._shipped()):
            return
        with file_lock(path.with_suffix(".lock")):
            if not path.exists():
                any(_copy(one, path) for one in shipped)

    def _create(self, connection: sqlite3.Connection) -> None:
        # Changing the journal mode ignores the busy timeout, so processes that start together take turns here.
        with file_lock(self.path.with_suffix(".lock")):
            if _format(connection) == 0:
                _fill(connection)

    def _set_aside(self, why: str, *, for_certain: bool = False) -> None:
        path = self.path
        self._drop()
        self.epoch += 1
        with file_lock(path.with_suffix(".lock")):
            if not for_certain and _is_usable(path):
                return  # another process was first
            aside = path.with_name(f"{path.name}.broken")
            names = salvage(path)  # ids from the old file must not refer to anything in the new one
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            if path.exists():
                path.replace(aside)
            with closing(_connect(path)) as connection:
                _fill(connection)
                connection.execute("BEGIN IMMEDIATE")
                put_back(connection, names)
                connection.execute("COMMIT")
        _log.warning(
            "The catalog %s %s. It was set aside as %s; apps are compiled again as they are used.", path, why, aside.name
        )

    def _unusable(self, error: Exception) -> CatalogError:
        # SQLite reports a full disk in its error name; a partial write is rolled back.
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        what = "Make room on its disk" if full else "Free the file"
        return CatalogError(f"The catalog {self.path} can't be used: {error}. {what}, or set COMPOSIO_HOME to another folder.")


def _copy(shipped: Path, target: Path) -> bool:
    """Start a catalog with a copy of a shipped one; return False if that has another format, or cannot be copied."""
    new = target.with_name(f"{target.name}.new")
    try:
        with closing(sqlite3.connect(f"{shipped.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            if connection.execute("PRAGMA user_version").fetchone() != (FORMAT,):
                return False
        shutil.copyfile(shipped, new)
        with closing(sqlite3.connect(new)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        new.replace(target)
    except (sqlite3.Error, OSError):
        with suppress(OSError):
            new.unlink(missing_ok=True)
        return False
    return True


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # A catalog that loses its last commit in a power failure is compiled again.
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _fill(connection: sqlite3.Connection) -> None:
    from composio.catalog import search  # most processes find a complete catalog

    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} {search.TABLES} PRAGMA user_version = {FORMAT}; COMMIT;")


def _close(connection: sqlite3.Connection, pid: int) -> None:
    if pid == os.getpid():  # a forked child leaves its parent's connection to the parent
        connection.close()


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_corrupt(error: Exception) -> bool:
    # OperationalError is a subclass that mostly means "locked" or "disk full"; a missing table means a foreign file.
    return not isinstance(error, sqlite3.OperationalError) or "no such table" in str(error) or "no such column" in str(error)


def _is_usable(path: Path) -> bool:
    try:
        with closing(_connect(path)) as connection:
            if _format(connection) != FORMAT:
                return False
            connection.execute(
                "SELECT count(*) FROM apps, definitions, request_definitions, webhooks, former_names, segments LIMIT 1"
            )
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.Error:
        return False
