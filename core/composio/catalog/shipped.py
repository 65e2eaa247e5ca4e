"""A compiled catalog in a package, so that an installation needs no download and no compile.

A new home begins with a copy of it. In an existing home, an app is copied from it if it matches its current definition.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from composio.catalog.adopt import adopt
from composio.catalog.blocks import solidify, unpack_app
from composio.catalog.database import FORMAT, Database
from composio.catalog.known import keep_known
from composio.catalog.record import former_names, write_lost
from composio.errors import CatalogError

__all__ = ["export", "take"]


def export(database: Database, apps: Iterable[str], brought: Iterable[Path], target: Path) -> int:
    """Write the content of ``database`` for ``apps`` into a separate file, reproducibly; return the number of apps.

    The parsed files in the folders of plugins, ``brought``, are included. ``target`` is replaced once the file is complete.
    """
    new = target.with_name(f"{target.name}.new")
    for suffix in ("", "-wal", "-shm", ".lock"):
        new.with_name(new.name + suffix).unlink(missing_ok=True)
    made = Database(lambda: new)
    count = 0
    try:
        for app in sorted(apps):
            with closing(sqlite3.connect(database.path)) as source:
                if source.execute("SELECT 1 FROM apps WHERE app = ?", (app,)).fetchone() is None:
                    continue
                with made.write() as connection:
                    adopt(connection, source, app)
                    solidify(connection, app)
                count += 1
        with made.write() as connection, closing(sqlite3.connect(database.path)) as source:
            connection.executemany("INSERT INTO known_files VALUES (?, ?)", source.execute("SELECT * FROM known_files"))
        keep_known(made, brought)
        made.close()
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # a self-contained file
            connection.execute("VACUUM")
        new.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise CatalogError(f"The catalog can't be written to {target}: {error}.") from None
    finally:
        made.close()
        for suffix in ("", "-wal", "-shm"):
            new.with_name(new.name + suffix).unlink(missing_ok=True)
        new.with_suffix(".lock").unlink(missing_ok=True)
    return count


def take(database: Database, shipped: Iterable[Path], app: str, fingerprint: str) -> bool:
    """Copy an app's rows from the first shipped catalog that was compiled from the same ``fingerprint``.

    Returns False if there is none, or if a name of another operation would change its meaning.
    """
    for file in shipped:
        with suppress(sqlite3.Error), closing(_open(file)) as source:
            if source.execute("PRAGMA user_version").fetchone() != (FORMAT,):
                continue
            found = source.execute("SELECT 1 FROM apps WHERE app = ? AND fingerprint = ?", (app, fingerprint)).fetchone()
            if found is not None:
                return _take(database, source, app)
    return False


def _open(file: Path) -> sqlite3.Connection:
    """A file of an installed package, which is never written to."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _take(database: Database, source: sqlite3.Connection, app: str) -> bool:
    with database.write() as connection:
        former = former_names(connection, app)
        query = "SELECT names.name, actions.operation FROM names JOIN actions ON actions.id = names.action WHERE names.app = ?"
        now = dict(source.execute(query, (app,)))
        if any(name in former and former[name].sure and former[name].operation != now[name] for name in now):
            return False
        adopt(connection, source, app)
        unpack_app(connection, app)  # just before use, as a damaged one must not be copied
        ids = dict(connection.execute("SELECT operation, id FROM actions WHERE app = ?", (app,)))
        kept = ((name, app, True, ids[one.operation]) for name, one in former.items() if one.operation in ids)
        connection.executemany("INSERT OR IGNORE INTO names (name, app, alias, action) VALUES (?, ?, ?, ?)", kept)
        write_lost(connection, app, former, {}, datetime.now(UTC).date().isoformat())
    return True
