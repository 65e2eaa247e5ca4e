"""SQLite files below the folder: names and arguments are v0.7's."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from typing import Annotated, Any

from composio.errors import InvalidRequest
from composio.tools import action
from composio_localtools.confine import inside, open_inside
from composio_localtools.settings import read

_MOST_ROWS = 1000
_STEPS = 10_000  # of SQLite's machine between two looks at the clock
# Reach other files, or load code.
_NEVER = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}
_READING = {sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_PRAGMAS = {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list", "user_version"}


@action(tags=["important", "sql"])
def sql_query(
    query: Annotated[str, "One SQL statement, as SQLite has it."],
    connection_string: Annotated[str, "Path of the database file, or sqlite:///path."],
    composio_local: object,
    entity_id: str,
) -> dict[str, Any]:
    """Run a statement on a SQLite file of the folder. Changing data has to be switched on."""
    tools = read(composio_local)
    scheme, separator, rest = connection_string.partition("://")
    if separator and scheme != "sqlite":
        raise InvalidRequest(f"{scheme} databases are not among local tools: use an app for it, or a function under @action.")
    path = inside(tools.root, rest.removeprefix("/") if separator else connection_string, tools.session(entity_id).folder)
    os.close(open_inside(tools.root, path, os.O_RDWR if tools.sql_write else os.O_RDONLY))  # is there, and is no link
    until = time.monotonic() + tools.seconds
    uri = f"{(tools.root / path).as_uri()}?mode={'rw' if tools.sql_write else 'ro'}"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.set_authorizer(_write if tools.sql_write else _read_only)
            connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
            cursor = connection.execute(query)
            rows = cursor.fetchmany(_MOST_ROWS + 1)
            columns = [one[0] for one in cursor.description or ()]
            connection.commit()
    except sqlite3.Error as error:
        raise InvalidRequest(_explain(str(error), write=tools.sql_write)) from None
    details = {"executed": True, "type": "sqlite", "columns": columns, "rows_changed": max(cursor.rowcount, 0)}
    if len(rows) > _MOST_ROWS:
        details["message"] = f"The first {_MOST_ROWS} rows; use LIMIT and OFFSET."
    return {"execution_details": details, "rows": [list(row) for row in rows[:_MOST_ROWS]]}


def _read_only(code: int, first: str | None, second: str | None, *_: object) -> int:
    if code == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _PRAGMAS and (second is None or first != "user_version") else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if code in _READING and second != "load_extension" else sqlite3.SQLITE_DENY


def _write(code: int, first: str | None, second: str | None, *_: object) -> int:
    if code == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _PRAGMAS else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY if code in _NEVER or second == "load_extension" else sqlite3.SQLITE_OK


def _explain(why: str, *, write: bool) -> str:
    if why == "interrupted":
        return "The statement took too long and was stopped."
    if "not authorized" in why and not write:
        return f"SQLite: {why}. Databases are only read here; to change them the developer says LocalTools(folder=..., sql_write=True)."
    return f"SQLite: {why}."
