"""An app's actions as one compressed block, for catalogs in packages: a fifth to a tenth of the size of single rows.

An app is unpacked into rows on the first read of its actions.
"""

from __future__ import annotations

import json
import sqlite3

from composio.catalog.rows import pack_text, text_of

__all__ = ["packed_apps", "solidify", "unpack_app"]

# The tables of data shared by several actions of an app.
_SHARED = ("definitions", "request_definitions")


def solidify(connection: sqlite3.Connection, app: str) -> None:
    """Pack an app's rows into a block, unless it is in one. Runs in a transaction."""
    import lzma

    if packed_apps(connection, [app]):
        return
    rows = connection.execute("SELECT definition, responses FROM actions WHERE app = ? ORDER BY id", (app,))
    texts = [text_of(blob) for row in rows for blob in row]
    tables = [_find_shared(connection, table, app) for table in _SHARED]
    # JSON in this form has no line feeds.
    names = json.dumps([[name for name, _ in schemas] for schemas in tables])
    lines = [names, *texts, *(text_of(blob) for schemas in tables for _, blob in schemas)]
    data = lzma.compress("\n".join(lines).encode(), preset=6)
    connection.execute("INSERT INTO blocks (app, data) VALUES (?, ?)", (app, data))
    connection.execute("UPDATE actions SET definition = x'', responses = x'' WHERE app = ?", (app,))
    for table in _SHARED:
        connection.execute(f"DELETE FROM {table} WHERE app = ?", (app,))  # noqa: S608 - names from above


def _find_shared(connection: sqlite3.Connection, table: str, app: str) -> list[tuple[str, bytes]]:
    query = f"SELECT name, schema FROM {table} WHERE app = ? ORDER BY name"  # noqa: S608 - a name from above
    return connection.execute(query, (app,)).fetchall()


def packed_apps(connection: sqlite3.Connection, apps: list[str]) -> list[str]:
    """Return those of ``apps`` that are in a block."""
    query = "SELECT app FROM blocks WHERE app IN (SELECT value FROM json_each(?))"
    return [app for (app,) in connection.execute(query, (json.dumps(apps),))]


def unpack_app(connection: sqlite3.Connection, app: str) -> None:
    """Unpack an app's block into rows, unless another process has. Runs in a transaction.

    Raises ``sqlite3.DatabaseError`` for a damaged block.
    """
    import lzma

    row = connection.execute("SELECT data FROM blocks WHERE app = ?", (app,)).fetchone()
    if row is None:
        return
    ids = [identity for (identity,) in connection.execute("SELECT id FROM actions WHERE app = ? ORDER BY id", (app,))]
    try:
        first, *lines = lzma.decompress(row[0]).decode().split("\n")
        names = [(table, name) for table, own in zip(_SHARED, json.loads(first), strict=True) for name in own]
    except (lzma.LZMAError, ValueError) as error:
        raise sqlite3.DatabaseError(f"the block of {app} is damaged: {error}") from None
    if len(lines) != 2 * len(ids) + len(names):
        raise sqlite3.DatabaseError(f"the block of {app} is damaged: it has {len(lines)} lines")
    packed = [pack_text(line) for line in lines]
    rows = zip(packed[: 2 * len(ids) : 2], packed[1 : 2 * len(ids) : 2], ids, strict=True)
    connection.executemany("UPDATE actions SET definition = ?, responses = ? WHERE id = ?", rows)
    schemas = list(zip(names, packed[2 * len(ids) :], strict=True))
    for table in _SHARED:
        connection.executemany(
            f"INSERT INTO {table} (app, name, schema) VALUES (?, ?, ?)",  # noqa: S608 - names from above
            ((app, name, blob) for (own, name), blob in schemas if own == table),
        )
    connection.execute("DELETE FROM blocks WHERE app = ?", (app,))
