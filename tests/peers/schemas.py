"""Migrations of new SQLite files: run once in each process, then repeated as the statements that they came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from composio.store.migrate import Lineage

__all__ = ["real_migrations", "repeat_migrations"]

# Without those that SQLite makes itself.
_OBJECTS = (
    "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY rowid"
)


@pytest.fixture(scope="session", autouse=True)
def repeat_migrations() -> Iterator[_Upgrade]:
    """Thousands of tests begin with a database of their own, and Alembic takes a tenth of a second for each."""
    from composio.store import migrate

    with pytest.MonkeyPatch.context() as patch:
        repeating = _Upgrade(migrate.upgrade, migrate.ACCOUNTS)
        patch.setattr(migrate, "upgrade", repeating)
        yield repeating


@pytest.fixture
def real_migrations(repeat_migrations: _Upgrade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alembic every time, for those whom it is about."""
    from composio.store import migrate

    monkeypatch.setattr(migrate, "upgrade", repeat_migrations.really)


@dataclass
class _Upgrade:
    """As :func:`composio.store.migrate.upgrade`, which it is for all but a SQLite file with nothing of the lineage in it."""

    really: Callable[[Connection, Lineage, str | None], None]
    default: Lineage
    known: dict[Lineage, _Made] = field(default_factory=dict)

    def __call__(self, connection: Connection, lineage: Lineage | None = None, version: str | None = None) -> None:
        lineage = lineage or self.default
        if connection.dialect.name != "sqlite" or version is not None:
            self.really(connection, lineage, version)
            return
        before = _objects(connection)
        made = self.known.get(lineage)
        if made is not None and not made.names & before.keys():
            made.repeat(connection)
            return
        self.really(connection, lineage, version)
        after = _objects(connection)
        if lineage.version_table not in before and before.items() <= after.items():
            self.known[lineage] = _Made.of(connection, {name: after[name] for name in after.keys() - before.keys()})


@dataclass(frozen=True)
class _Made:
    """What migrations made: tables, indexes and triggers, and the rows in them."""

    names: frozenset[str]
    statements: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Any, ...]], ...]

    @classmethod
    def of(cls, connection: Connection, objects: dict[str, tuple[str, str]]) -> _Made:
        rows = []
        for name, (kind, _) in objects.items():
            if kind == "table":
                found = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
                rows += [(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', tuple(row)) for row in found]
        statements = tuple(sql for name, _, sql in connection.exec_driver_sql(_OBJECTS) if name in objects)
        return cls(frozenset(objects), statements, tuple(rows))

    def repeat(self, connection: Connection) -> None:
        for statement in self.statements:
            connection.exec_driver_sql(statement)
        for statement, row in self.rows:
            connection.exec_driver_sql(statement, row)


def _objects(connection: Connection) -> dict[str, tuple[str, str]]:
    return {name: (kind, sql) for name, kind, sql in connection.exec_driver_sql(_OBJECTS)}
