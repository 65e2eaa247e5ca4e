"""Brings a database to this version. Alembic is imported only where there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from composio.errors import StoreError
from composio.process.forks import lock
from composio.store.tables import VERSION_TABLE

__all__ = ["HEAD", "is_current", "upgrade"]

# The newest file in migrations/versions; they are numbered.
HEAD = "0004"
# Alembic keeps the migration that it is at in globals, whatever database it is of: one at a time in each process.
_TURNS = lock()


def is_current(connection: Connection, name: str) -> bool:
    """Whether the tables are this version's; False for none or earlier ones. Raises ``StoreError`` for a newer version's."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return False
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()  # noqa: S608 - a constant
    if found == [HEAD]:
        return True
    if len(found) == 1 and str(found[0]).isdecimal() and int(found[0]) < int(HEAD):
        return False
    raise StoreError(
        f"{name} has tables of version {', '.join(map(str, found)) or '?'}, and this version of Composio knows {HEAD}: "
        "a newer one wrote them. Nothing was changed. Upgrade opencomposio-core, or name another database."
    )


def upgrade(connection: Connection, version: str = HEAD) -> None:
    """Migrate inside the transaction that ``connection`` is in."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with _TURNS:
        command.upgrade(config, version)
