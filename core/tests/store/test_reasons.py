"""Why a database could not be used, by what SQLite and PostgreSQL raise."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from composio.errors import StoreError
from composio.store.database import Database
from composio.store.reasons import reason_of


class DriverError(Exception):
    """What psycopg raises, as far as it matters."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


OperationalError = type("OperationalError", (DriverError,), {})
DataError = type("DataError", (DriverError,), {})


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OperationalError("53100"), "full"),
        (OperationalError("57P03"), "away"),
        (OperationalError("08006"), "away"),
        (OperationalError(None), "away"),
        (DriverError("25006"), "read-only"),
        (DriverError("25001"), ""),
        (DriverError("42P01"), ""),
        (DriverError("23505"), "value"),
        (DriverError("22021"), "value"),
        (DataError(None), "value"),
        (OverflowError("too large"), "value"),
        (UnicodeError("half"), "value"),
        (sa.exc.TimeoutError("pool"), "away"),
    ],
)
def test_a_drivers_error_says_why(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("PRAGMA query_only = ON; CREATE TABLE a (b)", "read-only"),
        ("PRAGMA max_page_count = 1; CREATE TABLE a (b)", "full"),
        ("CREATE TABLE a (b UNIQUE); INSERT INTO a VALUES (1); INSERT INTO a VALUES (1)", "value"),
        ("SELECT * FROM nothing", ""),
    ],
)
def test_sqlites_own_errors_say_why(statement: str, reason: str, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "file")
    try:
        with pytest.raises(sqlite3.Error) as raised:
            connection.executescript(statement)
    finally:
        connection.close()
    assert reason_of(raised.value) == reason


def test_a_number_without_room_is_the_callers_and_not_the_databases(tmp_path: Path) -> None:
    database = Database(sa.URL.create("sqlite", database=str(tmp_path / "file")))
    with pytest.raises(StoreError) as raised:
        database.first(sa.select(sa.bindparam("number", type_=sa.BigInteger).label("number")), {"number": 10**30})
    assert raised.value.reason == "value"
    database.close()
