"""An index for lists of connections by status, which looked through all of a project's for those that few have."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.create_index("composio_connections_states", "composio_connections", ["project_id", "enabled", "status", "seq"])
