"""Master keys that were retired, and what is left to do for a process that has the keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables. Whatever is sealed already is to be bound to its app and integration too."""
    op.create_table("composio_retired_keys", sa.Column("key_id", sa.Text(), primary_key=True))
    op.create_table("composio_tasks", sa.Column("name", sa.Text(), primary_key=True))
    op.execute(
        "INSERT INTO composio_tasks (name) SELECT 'bind' WHERE EXISTS (SELECT 1 FROM composio_integrations)"
        " OR EXISTS (SELECT 1 FROM composio_connections)"
    )
