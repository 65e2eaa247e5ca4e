"""Run by Alembic: migrates over the connection, and inside the transaction, that the store hands over."""

from __future__ import annotations

from alembic import context

from composio.store.tables import METADATA, VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
