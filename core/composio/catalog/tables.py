"""Operations on all of an app's rows."""

from __future__ import annotations

import sqlite3

from composio.catalog import search

__all__ = ["remove"]

_TABLES = (
    *("actions", "names", "former_names", "shared_names", "definitions", "request_definitions", "webhooks", "blocks", "apps"),
)


def remove(connection: sqlite3.Connection, app: str) -> None:
    """Delete all of an app's rows."""
    search.remove(connection, app)
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE app = ?", (app,))  # noqa: S608 - names from the line above
