"""Copy an app's compiled rows from one catalog file to another, in the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from composio.catalog import search
from composio.catalog.tables import remove

__all__ = ["adopt"]


def adopt(connection: sqlite3.Connection, source: sqlite3.Connection, app: str, warnings: Iterable[str] = ()) -> None:
    """Replace the rows of ``app`` by those in ``source``, with additional ``warnings``.

    Ids are assigned again, as an id must never refer to another action. Former names are taken from ``source``.
    """
    remove(connection, app)
    (used,) = connection.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'actions'").fetchone()
    first, last = source.execute("SELECT min(id), max(id) FROM actions WHERE app = ?", (app,)).fetchone()
    shift = 0 if first is None else used + 1 - first
    connection.executemany(
        "INSERT INTO actions (id, app, slug, tags, important, deprecated, operation, producers, definition, responses) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (identity + shift, *more, _move(producers, shift), definition, responses)
            for identity, *more, producers, definition, responses in source.execute(
                "SELECT id, app, slug, tags, important, deprecated, operation, producers, definition, responses "
                "FROM actions WHERE app = ? ORDER BY id",
                (app,),
            )
        ),
    )
    names = source.execute("SELECT name, app, alias, action FROM names WHERE app = ?", (app,))
    connection.executemany("INSERT INTO names VALUES (?, ?, ?, ?)", ((*row, action + shift) for *row, action in names))
    for table, columns in (
        ("former_names", "name, app, operation, since, sure"),
        ("shared_names", "name, app, slug"),
        ("webhooks", "app, slug, definition"),
        ("definitions", "app, name, schema"),
        ("request_definitions", "app, name, schema"),
        ("blocks", "app, data"),
    ):
        order = "id" if table == "webhooks" else "app"
        rows = source.execute(f"SELECT {columns} FROM {table} WHERE app = ? ORDER BY {order}", (app,))  # noqa: S608 - names from above
        marks = ", ".join("?" * (columns.count(",") + 1))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - as above
    columns = "app, fingerprint, source, version, license, sha256, actions, important, files, warnings"
    for *row, said in source.execute(f"SELECT {columns} FROM apps WHERE app = ?", (app,)):  # noqa: S608 - as above
        told = json.dumps([*json.loads(said), *warnings])
        connection.execute(f"INSERT INTO apps ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, told))  # noqa: S608 - as above
    if first is not None:
        search.move(connection, source, app, (first, last), shift)


def _move(producers: str, shift: int) -> str:
    return " ".join(str(int(one) + shift) for one in producers.split())
