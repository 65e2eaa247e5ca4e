"""Snowflake statements that a model should not have to write.

Source of the statements: https://docs.snowflake.com/en/sql-reference/sql-all
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypedDict, Unpack

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = ["describe_table", "explore_columns", "show_tables"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")

Database = Annotated[str, Field(description="The database's name", min_length=1)]
SchemaName = Annotated[str, Field(description="The schema's name", min_length=1)]
Table = Annotated[str, Field(description="The table's name", min_length=1)]


class Session(TypedDict, total=False):
    """What runs a statement."""

    warehouse: Annotated[str | None, Field(description="The warehouse that runs it; the user's own if left out")]
    role: Annotated[str | None, Field(description="The role that runs it; the user's own if left out")]


def quoted(*names: str) -> str:
    """Return names as SQL: plain ones unchanged and case-insensitive, others in double quotes."""
    return ".".join(name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"' for name in names)


async def _run(execute: Execute, statement: str, session: Session) -> dict[str, Any]:
    """Run a statement. Returns ``columns`` and ``rows``, each row by its columns' names."""
    body = {"statement": statement, **{name: value for name, value in session.items() if value is not None}}
    found: dict[str, Any] = await execute("/api/v2/statements", method="POST", body=body)
    columns = [str(column.get("name")) for column in (found.get("resultSetMetaData") or {}).get("rowType", [])]
    rows = [dict(zip(columns, row, strict=False)) for row in found.get("data") or []]
    return {"columns": columns, "rows": rows, "statement_handle": found.get("statementHandle")}


@action(toolname="snowflake", tags=["important"])
async def show_tables(
    execute_request: Execute,
    database: Database,
    schema_name: Annotated[str | None, Field(description="Only tables of this schema")] = None,
    **session: Unpack[Session],
) -> dict[str, Any]:
    """List the tables of a database or a schema."""
    where = f"SCHEMA {quoted(database, schema_name)}" if schema_name else f"DATABASE {quoted(database)}"
    return await _run(execute_request, f"SHOW TABLES IN {where}", session)


@action(toolname="snowflake", tags=["important"])
async def describe_table(
    execute_request: Execute, database: Database, schema_name: SchemaName, table_name: Table, **session: Unpack[Session]
) -> dict[str, Any]:
    """Describe a table: its columns, their types, defaults and comments."""
    return await _run(execute_request, f"DESCRIBE TABLE {quoted(database, schema_name, table_name)}", session)


@action(toolname="snowflake", tags=["important"])
async def explore_columns(
    execute_request: Execute,
    database: Database,
    schema_name: SchemaName,
    table_name: Table,
    columns: Annotated[list[str], Field(description="The columns' names", min_length=1)],
    limit: Annotated[int, Field(description="How many combinations of values to answer", ge=1, le=1000)] = 20,
    **session: Unpack[Session],
) -> dict[str, Any]:
    """Look at what is in some columns: their combinations of values, the commonest first, and how often each occurs."""
    names = ", ".join(quoted(column) for column in columns)
    # Every name is quoted, and the limit is a number.
    statement = (
        f"SELECT {names}, COUNT(*) AS occurrences FROM {quoted(database, schema_name, table_name)} "  # noqa: S608 - quoted above
        f"GROUP BY {names} ORDER BY occurrences DESC LIMIT {int(limit)}"
    )
    return await _run(execute_request, statement, session)
