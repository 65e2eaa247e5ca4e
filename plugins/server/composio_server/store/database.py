"""Open the database that connections and the server's own tables share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from composio.errors import ConfigurationError
from composio.model.secret import Secret
from composio.store.database import MOST_CONNECTIONS, Database
from composio.store.migrate import ACCOUNTS, Lineage
from composio_server.store.tables import VERSION_TABLE

__all__ = ["HEAD", "SERVER", "open_database"]

# The newest file in migrations/versions; they are numbered.
HEAD: Final = "0001"
SERVER: Final = Lineage("opencomposio-server", HEAD, VERSION_TABLE, Path(__file__).with_name("migrations"))


def open_database(
    url: Secret | None, file: Path, most: int = MOST_CONNECTIONS, lineages: Sequence[Lineage] = (ACCOUNTS, SERVER)
) -> Database:
    """Return the database at ``url``, with up to ``most`` connections, else the SQLite ``file``.

    Opened and migrated on first use.

    ``lineages`` name the sets of tables that it has.

    Raises ``ConfigurationError`` for an invalid database URL.
    """
    if url is None:
        return Database(sa.URL.create("sqlite", database=str(file)), lineages)
    try:
        return Database(sa.make_url(url.reveal()), lineages, most=most)
    except sa.exc.ArgumentError:  # without the text, which may contain a password
        raise ConfigurationError(
            "COMPOSIO_DATABASE_URL is not a database's URL; expected one such as postgresql+psycopg://user@host/name."
        ) from None
