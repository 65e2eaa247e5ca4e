"""The first tables of the server."""

from __future__ import annotations

from alembic import op

from composio_server.store.tables import METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table. Before a first release there are no earlier states to distinguish."""
    METADATA.create_all(op.get_bind())
