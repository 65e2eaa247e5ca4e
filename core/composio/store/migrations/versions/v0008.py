"""A key for each project that has a name, between the master key and its secrets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLE = "composio_project_keys"


def upgrade() -> None:
    """Create the table, with the policy that tables of rows have."""
    op.create_table(
        _TABLE,
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("project_id", sa.Text(), nullable=False, unique=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("wrapper", sa.Text()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_composio_project_keys_key_id", _TABLE, ["key_id"])
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER TABLE {_TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {_TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {_TABLE}_project ON {_TABLE} USING"
        " (project_id = coalesce(current_setting('composio.project', true), '')"
        " OR current_setting('composio.every_project', true) = 'on')"
    )
