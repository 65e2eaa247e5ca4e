"""Record the names that an app's actions have had, and their operations: a name is never given to another operation.

A name stays in the record after its operation is gone, also if a catalog of another format assigned it.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from composio.catalog.rows import unpack
from composio.model.action import Binding, FunctionBinding
from composio.schema.names import app_slug

__all__ = [
    "Former",
    "Lost",
    "former_names",
    "names_of_others",
    "operation_of",
    "put_back",
    "salvage",
    "why_lost",
    "write_former",
    "write_lost",
]


@dataclass(frozen=True, slots=True)
class Former:
    """The operation of a name. ``since`` is the day on which it was found to be gone, "" while it exists.

    ``sure`` is false if a catalog of an old format only recorded the request, which may not identify the operation.
    """

    operation: str
    since: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a name refers to nothing: its operation is gone, or each of ``slugs`` has an equal claim."""

    app: str
    operation: str = ""
    since: str = ""
    slugs: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.slugs:
            return f"several operations of {self.app} share this name"
        return f"it was an action of {self.app} until the update of {self.since}, which no longer has {self.operation}"


def operation_of(binding: Binding) -> str:
    """Return the identity of an action without a key from an importer: its request, or its function."""
    if isinstance(binding, FunctionBinding):
        return f"function {binding.reference}"
    return f"{binding.method} {binding.path}"


def former_names(connection: sqlite3.Connection, app: str) -> dict[str, Former]:
    """Return every current and former name of actions of ``app``."""
    now = connection.execute(
        "SELECT names.name, actions.operation FROM names JOIN actions ON actions.id = names.action WHERE names.app = ?", (app,)
    )
    found = {name: Former(operation) for name, operation in now}
    before = connection.execute("SELECT name, operation, since, sure FROM former_names WHERE app = ?", (app,))
    return {name: Former(operation, since, bool(sure)) for name, operation, since, sure in before} | found


def names_of_others(connection: sqlite3.Connection, app: str) -> list[str]:
    """Return names of other apps' actions that look like those of ``app``.

    Example: ``NOTES_PRO_ADD`` of notes, for the app notes_pro.
    """
    prefix = f"{app_slug(app)}_"
    query = "SELECT name FROM names WHERE name >= ? AND name < ? AND app <> ?"
    return [name for (name,) in connection.execute(query, (prefix, f"{prefix}\uffff", app))]


def write_former(
    connection: sqlite3.Connection, app: str, former: Mapping[str, Former], ids: Mapping[str, Sequence[int]]
) -> None:
    """Give uncertain names back to the action with the same request, if there is only one and the name is free.

    ``ids`` are the actions' by :func:`operation_of`. The importer has restored the other names already.
    """
    found = [(name, ids.get(one.operation, ())) for name, one in former.items() if not one.sure]
    connection.executemany(
        "INSERT OR IGNORE INTO names (name, app, alias, action) VALUES (?, ?, ?, ?)",
        [(name, app, True, same[0]) for name, same in found if len(same) == 1],
    )


def write_lost(
    connection: sqlite3.Connection,
    app: str,
    former: Mapping[str, Former],
    shared: Mapping[str, Iterable[str]],
    today: str,
) -> None:
    """Store the names of ``former`` that are no longer used, and those of ``shared`` that were not assigned."""
    taken = {name for (name,) in connection.execute("SELECT name FROM names WHERE app = ?", (app,))}
    gone = {name: one for name, one in former.items() if name not in taken and one.sure}
    put_back(connection, ((app, name, one.operation, one.since or today, True) for name, one in gone.items()))
    connection.executemany(
        "INSERT INTO shared_names (app, name, slug) VALUES (?, ?, ?)",
        [(app, name, slug) for name, slugs in shared.items() if name not in taken and name not in gone for slug in set(slugs)],
    )


def put_back(connection: sqlite3.Connection, rows: Iterable[tuple[str, str, str, str, bool]]) -> None:
    """Write former names: app, name, operation, since when it is gone, whether that is sure. Runs in a transaction."""
    connection.executemany(
        "INSERT OR IGNORE INTO former_names (app, name, operation, since, sure) VALUES (?, ?, ?, ?, ?)", rows
    )


def why_lost(connection: sqlite3.Connection, name: str, apps: Collection[str]) -> Lost | None:
    """Return why ``name`` refers to no action of ``apps``, None if it never did."""
    for app in apps:
        row = connection.execute(
            "SELECT operation, since FROM former_names WHERE name = ? AND app = ? AND since <> ''", (name, app)
        ).fetchone()
        if row is not None:
            return Lost(app, *row)
        slugs = connection.execute("SELECT slug FROM shared_names WHERE name = ? AND app = ? ORDER BY slug", (name, app))
        if found := tuple(slug for (slug,) in slugs):
            return Lost(app, slugs=found)
    return None


def salvage(path: Path) -> Sequence[tuple[str, str, str, str, bool]]:
    """Return the names in an unusable catalog, for :func:`put_back`; none if it cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            columns = {row[1] for row in connection.execute("PRAGMA table_info(actions)")}
            rows = _all_former(connection) if "operation" in columns else _all_of_old(connection)
    except (sqlite3.Error, zlib.error, ValueError, LookupError, TypeError, AttributeError):
        return []
    return [row for row in rows if all(isinstance(value, str) for value in row[:4])]


def _all_former(connection: sqlite3.Connection) -> list[tuple[str, str, str, str, bool]]:
    query = (
        "SELECT names.app, names.name, actions.operation, '', 1 FROM names JOIN actions ON actions.id = names.action "
        "UNION ALL SELECT app, name, operation, since, sure FROM former_names"
    )
    return [(app, name, operation, since, bool(sure)) for app, name, operation, since, sure in connection.execute(query)]


def _all_of_old(connection: sqlite3.Connection) -> list[tuple[str, str, str, str, bool]]:
    """Return each action's names with its request, from a catalog without a record."""
    found = []
    for app, identity, blob in connection.execute("SELECT app, id, definition FROM actions").fetchall():
        action = unpack(blob)
        http = action.get("http")
        operation = f"{http['method']} {http.get('path', '')}" if http else f"function {action['function']['reference']}"
        names = connection.execute("SELECT name FROM names WHERE action = ?", (identity,))
        found += [(app, name, operation, "", False) for (name,) in names]
    return found
