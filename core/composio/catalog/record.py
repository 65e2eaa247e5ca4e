"""Which names an app's actions have had, and for which operation each was: none is ever given to another one.

A name whose operation has gone stays in the record, and so does one that a catalog of another format handed out.
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
    """What a name was handed out for. ``since`` is the day on which that was found to have gone, "" while it is there.

    ``sure`` is false where a catalog of an old format could only tell the request, which says too little of some operations.
    """

    operation: str
    since: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a name means nothing: its operation has gone, or it would be that of each of ``slugs``."""

    app: str
    operation: str = ""
    since: str = ""
    slugs: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.slugs:
            return f"several operations of {self.app} share this name"
        return f"it was an action of {self.app} until the update of {self.since}, which no longer has {self.operation}"


def operation_of(binding: Binding) -> str:
    """What an action is known by that no importer gave a key: its request, or its function."""
    if isinstance(binding, FunctionBinding):
        return f"function {binding.reference}"
    return f"{binding.method} {binding.path}"


def former_names(connection: sqlite3.Connection, app: str) -> dict[str, Former]:
    """Every name that actions of ``app`` have or had."""
    now = connection.execute(
        "SELECT names.name, actions.operation FROM names JOIN actions ON actions.id = names.action WHERE names.app = ?", (app,)
    )
    found = {name: Former(operation) for name, operation in now}
    before = connection.execute("SELECT name, operation, since, sure FROM former_names WHERE app = ?", (app,))
    return {name: Former(operation, since, bool(sure)) for name, operation, since, sure in before} | found


def names_of_others(connection: sqlite3.Connection, app: str) -> list[str]:
    """Names of other apps' actions that look like those of ``app``: ``NOTES_PRO_ADD`` of notes, where ``app`` is notes_pro."""
    prefix = f"{app_slug(app)}_"
    query = "SELECT name FROM names WHERE name >= ? AND name < ? AND app <> ?"
    return [name for (name,) in connection.execute(query, (prefix, f"{prefix}\uffff", app))]


def write_former(
    connection: sqlite3.Connection, app: str, former: Mapping[str, Former], ids: Mapping[str, Sequence[int]]
) -> None:
    """Give the names that are not sure back to the action that asks for the same, where only one does and nobody has them.

    ``ids`` are the actions' by :func:`operation_of`. An importer has given the others back already.
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
    """Keep the names of ``former`` that nobody has any more, and of ``shared`` those that nobody was given."""
    taken = {name for (name,) in connection.execute("SELECT name FROM names WHERE app = ?", (app,))}
    gone = {name: one for name, one in former.items() if name not in taken and one.sure}
    put_back(connection, ((app, name, one.operation, one.since or today, True) for name, one in gone.items()))
    connection.executemany(
        "INSERT INTO shared_names (app, name, slug) VALUES (?, ?, ?)",
        [(app, name, slug) for name, slugs in shared.items() if name not in taken and name not in gone for slug in set(slugs)],
    )


def put_back(connection: sqlite3.Connection, rows: Iterable[tuple[str, str, str, str, bool]]) -> None:
    """Write former names: app, name, operation, since when that has gone, whether that is sure. In a transaction."""
    connection.executemany(
        "INSERT OR IGNORE INTO former_names (app, name, operation, since, sure) VALUES (?, ?, ?, ?, ?)", rows
    )


def why_lost(connection: sqlite3.Connection, name: str, apps: Collection[str]) -> Lost | None:
    """Why ``name`` means no action of ``apps``, None where it never did."""
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
    """The names in a catalog that can't be used any more, for :func:`put_back`; none where it can't be read at all."""
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
    """Of a catalog without a record, each action's names with its request."""
    found = []
    for app, identity, blob in connection.execute("SELECT app, id, definition FROM actions").fetchall():
        action = unpack(blob)
        http = action.get("http")
        operation = f"{http['method']} {http.get('path', '')}" if http else f"function {action['function']['reference']}"
        names = connection.execute("SELECT name FROM names WHERE action = ?", (identity,))
        found += [(app, name, operation, "", False) for (name,) in names]
    return found
