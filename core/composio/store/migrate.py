"""Migrate a database to this version. Imports Alembic only if there is something to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from composio.errors import StoreError
from composio.process.forks import lock
from composio.store.tables import VERSION_TABLE

__all__ = ["ACCOUNTS", "HEAD", "Lineage", "is_current", "run_migrations", "upgrade"]

# The newest file in migrations/versions; they are numbered.
HEAD = "0014"
# Alembic keeps its current migration in globals, for any database: one at a time per process.
_TURNS = lock()


@dataclass(frozen=True, slots=True)
class Lineage:
    """Tables that are migrated together.

    ``head`` is the newest of the numbered files in ``folder``/versions, ``version_table`` notes which ones were run, and
    ``distribution`` is what brings newer ones.
    """

    distribution: str
    head: str
    version_table: str
    folder: Path


ACCOUNTS = Lineage("opencomposio-core", HEAD, VERSION_TABLE, Path(__file__).with_name("migrations"))


def is_current(connection: Connection, name: str, lineage: Lineage = ACCOUNTS) -> bool:
    """Return whether the tables have this version; False for none or earlier ones. Raises ``StoreError`` for newer ones."""
    if not inspect(connection).has_table(lineage.version_table):
        return False
    found = connection.execute(text(f"SELECT version_num FROM {lineage.version_table}")).scalars().all()  # noqa: S608 - a constant
    if found == [lineage.head]:
        return True
    if len(found) == 1 and str(found[0]).isdecimal() and int(found[0]) < int(lineage.head):
        return False
    raise StoreError(
        f"{name} has tables of version {', '.join(map(str, found)) or '?'}, and this version of Composio knows {lineage.head}: "
        f"a newer one wrote them. Nothing was changed. Upgrade {lineage.distribution}, or name another database.",
        reason="newer",
    )


def upgrade(connection: Connection, lineage: Lineage = ACCOUNTS, version: str | None = None) -> None:
    """Migrate to ``version``, else to the newest, inside the transaction that ``connection`` is in."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(lineage.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = lineage.version_table
    with _TURNS:
        command.upgrade(config, version or lineage.head)


def run_migrations() -> None:
    """What a lineage's ``env.py`` does: Alembic runs it over the connection, and inside the transaction, of :func:`upgrade`."""
    from alembic import context

    given = context.config.attributes
    context.configure(connection=given["connection"], version_table=given["version_table"])
    with context.begin_transaction():
        context.run_migrations()
