"""Approvals of calls, and the amounts that limits of policies count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LIVE = sa.text("status IN ('pending', 'approved', 'denied')")
_POLICY = (
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    (
        "CREATE POLICY {table}_project ON {table} USING"
        " (project_id = coalesce(current_setting('composio.project', true), '')"
        " OR current_setting('composio.every_project', true) = 'on')"
    ),
)


def upgrade() -> None:
    """Create the tables, with the policy that tables of rows have."""
    texts = (
        "status",
        "digest",
        "action",
        "app",
        "entity_id",
        "connection",
        "policy",
        "shown",
        "request",
        "agent",
        "on_behalf_of",
    )
    op.create_table(
        "composio_approvals",
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("by", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("decided_at", sa.Double()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("used_at", sa.Double()),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("ix_composio_approvals_key_id", "composio_approvals", ["key_id"])
    op.create_index(
        "composio_approvals_live",
        "composio_approvals",
        ["project_id", "digest"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index("composio_approvals_newest", "composio_approvals", ["project_id", "seq"])
    op.create_index("composio_approvals_waiting", "composio_approvals", ["project_id", "status", "entity_id"])
    op.create_table(
        "composio_policy_totals",
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("composio_policy_totals_key", "composio_policy_totals", ["project_id", "key"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        for table in ("composio_approvals", "composio_policy_totals"):
            for statement in _POLICY:
                op.execute(statement.format(table=table))
