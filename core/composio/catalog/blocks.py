"""An app's actions as one compressed block, in the catalogs that packages carry: a fifth to a tenth of the size of single rows.

An app is unpacked into rows when something of its actions is first read.
"""

from __future__ import annotations

import json
import sqlite3

from composio.catalog.rows import pack_text, text_of

__all__ = ["packed_apps", "solidify", "unpack_app"]


def solidify(connection: sqlite3.Connection, app: str) -> None:
    """Put what an app's rows hold into a block, unless it is in one. In a transaction."""
    import lzma

    if packed_apps(connection, [app]):
        return
    rows = connection.execute("SELECT definition, responses FROM actions WHERE app = ? ORDER BY id", (app,))
    texts = [text_of(blob) for row in rows for blob in row]
    schemas = connection.execute("SELECT name, schema FROM definitions WHERE app = ? ORDER BY name", (app,)).fetchall()
    # JSON as it is written here has no line feeds.
    lines = [json.dumps([name for name, _ in schemas]), *texts, *(text_of(blob) for _, blob in schemas)]
    data = lzma.compress("\n".join(lines).encode(), preset=6)
    connection.execute("INSERT INTO blocks (app, data) VALUES (?, ?)", (app, data))
    connection.execute("UPDATE actions SET definition = x'', responses = x'' WHERE app = ?", (app,))
    connection.execute("DELETE FROM definitions WHERE app = ?", (app,))


def packed_apps(connection: sqlite3.Connection, apps: list[str]) -> list[str]:
    """Those of ``apps`` that are in a block."""
    query = "SELECT app FROM blocks WHERE app IN (SELECT value FROM json_each(?))"
    return [app for (app,) in connection.execute(query, (json.dumps(apps),))]


def unpack_app(connection: sqlite3.Connection, app: str) -> None:
    """Put an app's block into rows; nothing where another process has. In a transaction.

    Raises ``sqlite3.DatabaseError`` for a block that is damaged.
    """
    import lzma

    row = connection.execute("SELECT data FROM blocks WHERE app = ?", (app,)).fetchone()
    if row is None:
        return
    ids = [identity for (identity,) in connection.execute("SELECT id FROM actions WHERE app = ? ORDER BY id", (app,))]
    try:
        first, *lines = lzma.decompress(row[0]).decode().split("\n")
        names = json.loads(first)
    except (lzma.LZMAError, ValueError) as error:
        raise sqlite3.DatabaseError(f"the block of {app} is damaged: {error}") from None
    if len(lines) != 2 * len(ids) + len(names):
        raise sqlite3.DatabaseError(f"the block of {app} is damaged: it has {len(lines)} lines")
    packed = [pack_text(line) for line in lines]
    rows = zip(packed[: 2 * len(ids) : 2], packed[1 : 2 * len(ids) : 2], ids, strict=True)
    connection.executemany("UPDATE actions SET definition = ?, responses = ? WHERE id = ?", rows)
    schemas = zip(names, packed[2 * len(ids) :], strict=True)
    connection.executemany(
        "INSERT INTO definitions (app, name, schema) VALUES (?, ?, ?)", ((app, name, blob) for name, blob in schemas)
    )
    connection.execute("DELETE FROM blocks WHERE app = ?", (app,))
