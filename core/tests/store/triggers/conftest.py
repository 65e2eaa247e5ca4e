"""Stores of triggers: a SQLite file and a PostgreSQL database, each one for all tests of a module."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from composio.store import tables
from composio.store.database import EVERYTHING
from composio.store.projects import Partition
from composio.store.store import Store
from tests.peers.records import Records


@pytest.fixture
def whole(opened: Store) -> Store:
    """The operator's, where projects p and q have a connection each."""
    with opened._open().write(EVERYTHING) as connection:
        for table in reversed(tables.METADATA.sorted_tables):
            connection.execute(sa.delete(table))
    for project in ("p", "q"):
        store = opened.for_project(project)
        store.add_connection(Records.connection(f"ca-{project}"), Records.sealed("c"))
    return opened


@pytest.fixture
def part(whole: Store) -> Partition:
    """Project p's."""
    return whole.for_project("p").part()


@pytest.fixture
def other(whole: Store) -> Partition:
    """Project q's."""
    return whole.for_project("q").part()


@pytest.fixture
def every(whole: Store) -> Partition:
    """That of all projects."""
    return whole.part()
