"""Back up everything stored to one SQLite file, and restore it.

A backup is a snapshot: SQLite's backup interface copies one state of the file while others write, and from PostgreSQL one
transaction reads it all. A restore puts the rows into the database in one transaction, so that programs with open connections
see all of them or none. Secrets stay encrypted.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from composio.errors import StoreError
from composio.store import sealing, tables
from composio.store.database import EVERYTHING, Database
from composio.store.triggers import tables as triggers

if TYPE_CHECKING:
    from composio.model.secret import Secret

__all__ = ["load", "open_backup", "snapshot", "write_keys"]

_ROWS = (
    tables.integrations,
    tables.connections,
    tables.authorizations,
    tables.project_keys,
    triggers.instances,
    triggers.subscriptions,
    triggers.destinations,
)
_BATCH = 500
# The table for a backup's keys, if its user includes them.
_KEYS = "composio_backup_keys"


@contextmanager
def snapshot(database: Database, file: Path) -> Iterator[Path]:
    """Yield a snapshot file, which is renamed to ``file`` at the end. Raises ``StoreError`` if that exists."""
    if file.exists() or file.is_symlink():
        raise StoreError(f"{file} already exists and is not overwritten. Name another file.")
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # only the owner can read it
    except OSError as error:
        raise StoreError(f"{file} can't be written: {error.strerror}. Nothing was backed up.") from None
    os.close(handle)
    temporary = Path(name)
    try:
        _copy(database, temporary)
        yield temporary
        _settle(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def _copy(database: Database, target: Path) -> None:
    if database.url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(target)) as connection:
            database.copy_to(connection)
            connection.execute("PRAGMA journal_mode = DELETE")  # so that the file is complete
            _check(connection, str(database.name))
        return
    fresh = Database(sa.URL.create("sqlite", database=str(target)))
    try:
        with database.one_state(EVERYTHING) as read, fresh.write() as written:
            _transfer(read, written)
    finally:
        fresh.close()
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _settle(temporary: Path, file: Path) -> None:
    """Rename the file, once it is on the disk, unless the name is taken by now."""
    try:
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        try:
            file.hardlink_to(temporary)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            with file.open("xb"):
                pass
            temporary.replace(file)
    except OSError as error:
        raise StoreError(f"{file} can't be written: {error.strerror}. Nothing was backed up.") from None


def write_keys(file: Path, keys: Sequence[Secret]) -> None:
    """Put ``keys`` into a snapshot: then whoever has it can decrypt it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"CREATE TABLE {_KEYS} (key TEXT NOT NULL)")
        connection.executemany(f"INSERT INTO {_KEYS} VALUES (?)", [(key.reveal(),) for key in keys])  # noqa: S608 - a constant
        connection.commit()


@contextmanager
def open_backup(file: Path) -> Iterator[tuple[Database, list[Secret]]]:
    """Return a copy of a backup, migrated to this version, and the keys in it. ``file`` itself is unchanged.

    Raises ``StoreError`` if it is damaged, not a backup, or from a newer version.
    """
    with tempfile.TemporaryDirectory(prefix="composio-restore-") as folder:
        copy = Path(folder) / "backup.sqlite3"
        keys = _take_in(file, copy)
        database = Database(sa.URL.create("sqlite", database=str(copy)))
        database.name = str(file)
        try:
            yield database, keys
        finally:
            database.close()


def _take_in(file: Path, copy: Path) -> list[Secret]:
    from composio.model.secret import Secret

    try:
        handle = os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as written, file.open("rb") as read:
            while chunk := read.read(1 << 20):
                written.write(chunk)
    except OSError as error:
        raise StoreError(f"The backup {file} can't be read: {error.strerror}. Nothing was changed.") from None
    try:
        with closing(sqlite3.connect(copy)) as connection:
            _check(connection, str(file))
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables.VERSION_TABLE not in names:
                raise StoreError(f"{file} is not a backup of Composio's connections. Nothing was changed.")
            if _KEYS not in names:
                return []
            keys = [Secret(str(key)) for (key,) in connection.execute(f"SELECT key FROM {_KEYS}")]  # noqa: S608 - a constant
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(f"DROP TABLE {_KEYS}")
            connection.commit()
            return keys
    except sqlite3.Error as error:
        raise StoreError(f"The backup {file} is damaged, or not a backup: {error}. Nothing was changed.") from None


def _check(connection: sqlite3.Connection, name: str) -> None:
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    strays = connection.execute("PRAGMA foreign_key_check").fetchone()
    if found != "ok" or strays is not None:
        why = found if found != "ok" else "a row refers to a missing row"
        raise StoreError(f"{name} is damaged ({why}). Nothing was changed.")


def load(backup: Database, database: Database, *, key_id: str, replace: bool) -> None:
    """Insert the rows of ``backup``, all encrypted under ``key_id``, into ``database``.

    Raises ``StoreError`` if there are rows already, unless they are to be replaced.
    """
    with backup.one_state(EVERYTHING) as read, database.write(EVERYTHING) as written:
        sealing.refuse_retired(written, key_id)
        for table in reversed(_ROWS):
            if replace:
                written.execute(sa.delete(table))
            elif written.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
                raise StoreError(
                    f"{database.name} already holds connections, which are not overwritten. --replace puts the backup in their "
                    "place, after a copy of them."
                )
        _transfer(read, written)
        # A restore also brings back projects whose keys were destroyed since.
        back = sa.select(tables.project_keys.c.id)
        written.execute(sa.delete(tables.retired_keys).where(tables.retired_keys.c.key_id.in_(back)))


def _transfer(read: sa.Connection, written: sa.Connection) -> None:
    """Copy all rows in their order, without their leases."""
    for table in _ROWS:
        columns = [column for column in table.c if column.name not in {"seq", "lease_owner", "lease_until"}]
        found = read.execute(sa.select(*columns).order_by(table.c.seq)).mappings()
        while rows := found.fetchmany(_BATCH):
            written.execute(sa.insert(table), [dict(row) for row in rows])
