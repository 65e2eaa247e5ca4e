"""Snowflake's own actions: the statements that they run, and rows by their columns' names."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio_apps.snowflake.actions import describe_table, explore_columns, quoted, show_tables


class Api:
    """Stands in for the injected ``execute_request``: answers with one row and records the bodies."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        assert (endpoint, method, query) == ("/api/v2/statements", "POST", None)
        self.bodies.append(body)
        columns = [{"name": "NAME", "type": "text"}, {"name": "OCCURRENCES", "type": "fixed"}]
        return {"statementHandle": "h", "resultSetMetaData": {"rowType": columns}, "data": [["a", "3"]]}


def test_rows_come_by_their_columns_names() -> None:
    found = asyncio.run(describe_table(Api(), "DB", "PUBLIC", "T"))
    assert found == {"columns": ["NAME", "OCCURRENCES"], "rows": [{"NAME": "a", "OCCURRENCES": "3"}], "statement_handle": "h"}


def test_a_statement_runs_where_it_was_told_to() -> None:
    api = Api()
    asyncio.run(show_tables(api, "DB", "PUBLIC", warehouse="WH"))
    asyncio.run(show_tables(api, "DB", role="R"))
    assert api.bodies == [
        {"statement": "SHOW TABLES IN SCHEMA DB.PUBLIC", "warehouse": "WH"},
        {"statement": "SHOW TABLES IN DATABASE DB", "role": "R"},
    ]


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("orders", "orders"),
        ("my table", '"my table"'),
        ('a"; DROP TABLE x; --', '"a""; DROP TABLE x; --"'),
        ("a.b", '"a.b"'),
        ("t\n", '"t\n"'),
        ("", '""'),
    ],
)
def test_a_name_is_one_name_whatever_it_holds(name: str, sql: str) -> None:
    assert quoted(name) == sql


def test_columns_are_grouped_by_their_values() -> None:
    api = Api()
    asyncio.run(explore_columns(api, "DB", "PUBLIC", "T", ["STATUS", "my column"], limit=5))
    assert api.bodies[0]["statement"] == (
        'SELECT STATUS, "my column", COUNT(*) AS occurrences FROM DB.PUBLIC.T '
        'GROUP BY STATUS, "my column" ORDER BY occurrences DESC LIMIT 5'
    )
