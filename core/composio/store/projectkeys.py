"""Queries of projects' keys: one for each project that has a name and a secret."""

from __future__ import annotations

from composio.store import projects, rows
from composio.store.projects import Partition
from composio.store.records import ProjectKey
from composio.store.sealing import forbid, storable
from composio.store.tables import authorizations, connections, integrations
from composio.store.tables import project_keys as table

__all__ = ["add", "destroy", "get"]

_ONE = projects.select(table, table.c.id, table.c.wrapper, table.c.created_at, *rows.select(table, rows.SEALED))


def get(part: Partition) -> ProjectKey | None:
    row = part.first(_ONE, {})
    if row is None:
        return None
    return ProjectKey(id=str(row[0]), wrapper=row[1], created_at=float(row[2]), sealed=rows.as_sealed(row[3:]))


def add(part: Partition, key: ProjectKey) -> bool:
    """False where the project has one by now."""
    with part.write() as transaction:
        if transaction.execute(_ONE).first() is not None:
            return False
        sealed = key.sealed if key.wrapper is not None else storable(transaction.connection, key.sealed)
        row = {"id": key.id, "wrapper": key.wrapper, "created_at": key.created_at, **rows.as_columns(sealed)}
        part.insert(transaction, table, row)
    return True


def destroy(part: Partition) -> bool:
    """Delete the key, and empty what was sealed under it.

    Processes that still know the key find nothing to open, and can store nothing under it.
    """
    with part.write() as transaction:
        found = transaction.execute(_ONE).first()
        if found is None:
            return False
        forbid(transaction.connection, str(found[0]))
        for sealed in (integrations, connections, authorizations):
            transaction.execute(projects.update(sealed).values(wrapped=b"", box=b""))
        transaction.execute(projects.delete(table))
    return True
