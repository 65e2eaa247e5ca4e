"""When a connection was first seen to work: a key that never did is not called one that is no longer taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Of connections that are older than it nobody knows better than that they did work."""
    op.add_column("composio_connections", sa.Column("worked_at", sa.Double()))
    op.execute("UPDATE composio_connections SET worked_at = activated_at")
