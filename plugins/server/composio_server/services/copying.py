"""Copy a server's data from one database to another: from SQLite to PostgreSQL, or back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from composio.errors import StoreError
from composio.store import tables as accounts
from composio.store.database import EVERYTHING, Database
from composio.store.triggers.tables import jobs
from composio.store.triggers.values import row_of
from composio_server.jobs.queue import list_queued
from composio_server.store import tables as server

__all__ = ["copy_database"]

_BATCH = 1_000


def copy_database(source: Database, target: Database, progress: Callable[[str, int], None] = lambda *_: None) -> dict[str, int]:
    """Copy a consistent snapshot of every table; return the number of rows of each.

    Secrets stay sealed: the target's server needs the same master keys. Raises ``StoreError`` if the target has rows, and then
    leaves it unchanged.
    """
    copied: dict[str, int] = {}
    with source.one_state(EVERYTHING) as read, target.write(EVERYTHING) as written:
        for table in _tables():
            if written.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
                raise StoreError(
                    f"{target.name} has rows in {table.name} already, and nothing is overwritten. Nothing was copied."
                )
        for table in _tables():
            copied[table.name] = _copy(read, written, table, progress)
            if table is jobs:
                copied[table.name] += _copy_queued(read, written)
            _continue_numbers(written, table)
    return copied


def _tables() -> Iterator[sa.Table]:
    """Return tables in dependency order."""
    yield from accounts.METADATA.sorted_tables
    yield from server.METADATA.sorted_tables


def _copy(read: sa.Connection, written: sa.Connection, table: sa.Table, progress: Callable[[str, int], None]) -> int:
    done = 0
    found = read.execution_options(yield_per=_BATCH).execute(sa.select(table)).mappings()
    for rows in found.partitions(_BATCH):
        written.execute(sa.insert(table), [dict(row) for row in rows])
        done += len(rows)
        progress(table.name, done)
    return done


def _copy_queued(read: sa.Connection, written: sa.Connection) -> int:
    """Return pgqueuer's jobs in our table's form: a worker of either engine takes them over."""
    found = list_queued(read)
    if found:
        written.execute(sa.insert(jobs), [{**row_of(one), "project_id": one.project} for one in found])
    return len(found)


def _continue_numbers(written: sa.Connection, table: sa.Table) -> None:
    """Set the next row's number after the copied ones: PostgreSQL's sequences are separate from its tables."""
    if written.dialect.name != "postgresql" or "seq" not in table.c:
        return
    highest = written.execute(sa.select(sa.func.max(table.c.seq))).scalar()
    if highest is not None:
        sequence = sa.func.pg_get_serial_sequence(table.name, "seq")
        written.execute(sa.select(sa.func.setval(sequence, highest)))
