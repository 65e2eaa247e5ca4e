"""The first tables of the server."""

from __future__ import annotations

from alembic import op

from composio_server.store.tables import METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table. Until a first release there is no earlier state that this would have to keep apart."""
    METADATA.create_all(op.get_bind())
