"""Whose a row is. What is there belongs to the project without a name, the only one that there was.

Instances of the last version that still run go on: what they add gets the name "".
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INDEXES = {
    "composio_integrations": {"of": ["app", "seq"], "newest": ["seq"]},
    "composio_connections": {
        "active": ["entity_id", "app", "status", "enabled", "seq"],
        "entities": ["entity_id", "app", "seq"],
        "apps": ["app", "seq"],
        "integrations": ["integration_id", "seq"],
        "newest": ["seq"],
    },
    "composio_authorizations": {"expiry": ["expires_at"]},
}
_OLD = (
    "composio_integrations_app",
    "composio_connections_usable",
    "composio_connections_entity",
    "composio_connections_app",
    "composio_connections_integration",
    "ix_composio_authorizations_expires_at",
)


def upgrade() -> None:
    """Add the column, and put indexes that begin with it in the place of those that did not."""
    for table, indexes in _INDEXES.items():
        op.add_column(table, sa.Column("project_id", sa.Text(), nullable=False, server_default=""))
        for name, columns in indexes.items():
            op.create_index(f"{table}_{name}", table, ["project_id", *columns])
    for name in _OLD:
        op.drop_index(name)
