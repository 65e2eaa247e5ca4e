"""An index for lists of connections by when they were changed, which sorted all of a project's for each page."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.create_index("composio_connections_changed", "composio_connections", ["project_id", "updated_at", "seq"])
