"""The log of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXTS = ("project_id", "id", "owner", "kind", "action", "app", "entity_id", "status")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "composio_calls",
        sa.Column("seq", _NUMBER, primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False, unique=name == "id" or None) for name in _TEXTS),
        *(sa.Column(name, sa.Text()) for name in ("request_id", "key_id", "connection_id", "input", "output", "error")),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("http_status", sa.Integer()),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double()),
    )
    op.create_index("composio_calls_request", "composio_calls", ["project_id", "request_id"], unique=True)
    op.create_index("composio_calls_project", "composio_calls", ["project_id", "seq"])
    op.create_index("composio_calls_entity", "composio_calls", ["project_id", "entity_id", "seq"])
    op.create_index("composio_calls_started", "composio_calls", ["started_at"])
