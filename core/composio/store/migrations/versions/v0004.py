"""When a connection's tokens were sent to be exchanged, and when it was known that no answer comes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns; of what was sent before nothing is known."""
    for name in ("renewal_sent_at", "renewal_lost_at"):
        op.add_column("composio_connections", sa.Column(name, sa.Double()))
