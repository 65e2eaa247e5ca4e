"""One project's part of the database, or all of it.

Every row belongs to a project. Statements about rows are begun here, so that none forgets its project, and run by a
:class:`Partition`, which knows which one that is: a statement that is run elsewhere lacks a value, and fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from composio.store.bell import Bell
from composio.store.database import EVERYTHING, Database, Reach
from composio.store.relay import Relay

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Partition", "Transaction", "delete", "is_same_project", "select", "update"]

T = TypeVar("T")
_NAME = "project"


def select(table: sa.Table, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Begin a SELECT of one project's rows of ``table``."""
    return sa.select(*columns).select_from(table).where(_is_its_own(table))


def update(table: sa.Table) -> sa.Update:
    """Begin an UPDATE of one project's rows."""
    return sa.update(table).where(_is_its_own(table))


def delete(table: sa.Table) -> sa.Delete:
    """Begin a DELETE of one project's rows."""
    return sa.delete(table).where(_is_its_own(table))


def is_same_project(one: sa.Table, other: sa.Table) -> sa.ColumnElement[bool]:
    """Whether two joined rows are of one project."""
    return one.c.project_id == other.c.project_id


def _is_its_own(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.project_id == sa.bindparam(_NAME, type_=sa.Text)


class Transaction:
    """A transaction about one part of the database."""

    def __init__(self, connection: sa.Connection, values: Mapping[str, Any]) -> None:
        self.connection, self._values = connection, values

    def execute(self, statement: sa.Executable) -> sa.CursorResult[Any]:
        return self.connection.execute(statement, dict(self._values))


class Partition:
    """``database`` as ``project`` has it. None stands for every project, which is the operator's.

    ``reach`` tells the database the same, which PostgreSQL enforces by itself: a second wall.

    Blocking and thread-safe, as the database is, and raises what that raises.
    """

    def __init__(self, database: Database, project: str | None) -> None:
        self._database, self.project = database, project
        self._values: dict[str, Any] = {} if project is None else {_NAME: project}
        self.reach = EVERYTHING if project is None else Reach(project)

    @property
    def is_postgresql(self) -> bool:
        """Whether writers run at the same time, and the database has locks of its own."""
        return self._database.url.get_backend_name() == "postgresql"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of SQLite's."""
        return self._database.is_sqlite

    @property
    def is_direct(self) -> bool:
        """Whether other processes ring :attr:`bell`, where somebody runs :meth:`relay`."""
        return self._database.is_direct

    @property
    def bell(self) -> Bell:
        """Rings when something was stored."""
        return self._database.bell

    def relay(self) -> Relay:
        """What rings :attr:`bell` for other processes."""
        return Relay(self._database)

    def condition(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """What statements say that may be about every project."""
        return sa.true() if self.project is None else _is_its_own(table)

    def first(self, statement: sa.Select[Any], values: Mapping[str, Any]) -> Sequence[Any] | None:
        """The first row that ``statement``, one of few that are asked often, finds."""
        return self._database.first(statement, {**values, **self._values}, self.reach)

    def first_as(self, statement: sa.Select[Any], values: Mapping[str, Any], read: Callable[[Sequence[Any]], T]) -> T | None:
        """What ``read`` makes of that row: the very same object as before while every column of the row is the same."""
        return self._database.first_as(statement, {**values, **self._values}, read, self.reach)

    def rows(self, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
        """What ``statement`` finds, read as it is asked for."""
        return self._database.rows(statement, self._values, self.reach)

    def find(self, statement: sa.Select[Any]) -> Sequence[Any] | None:
        """The first row that ``statement``, made for this question, finds."""
        with closing(self._database.rows(statement.limit(1), self._values, self.reach)) as found:
            return next(found, None)

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Transaction]:
        """One transaction: all of it is seen by others, or nothing. ``lasting`` is as in :meth:`Database.write`."""
        with self._database.write(self.reach, lasting=lasting) as connection:
            yield Transaction(connection, self._values)

    def change_aside(self, work: Callable[[sqlite3.Connection], T], *, lasting: bool = True) -> T:
        """See :meth:`Database.change_aside`. ``work`` holds its statements to :attr:`project` itself."""
        return self._database.change_aside(work, lasting=lasting)

    def insert(self, transaction: Transaction, table: sa.Table, row: Mapping[str, Any]) -> None:
        """Add a row of this project's."""
        if self.project is None:
            raise TypeError("a row belongs to one project")
        transaction.connection.execute(sa.insert(table).values({**row, "project_id": self.project}))

    def change(self, statement: sa.Update | sa.Delete, *, lasting: bool = True) -> int:
        """One statement in a transaction of its own; how many rows it changed."""
        with self.write(lasting=lasting) as transaction:
            return transaction.execute(statement).rowcount
