"""How often tokens were renewed, by hour, app and entity: for figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_POLICY = (
    "ALTER TABLE composio_refreshes ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE composio_refreshes FORCE ROW LEVEL SECURITY",
    (
        "CREATE POLICY composio_refreshes_project ON composio_refreshes USING"
        " (project_id = coalesce(current_setting('composio.project', true), '')"
        " OR current_setting('composio.every_project', true) = 'on')"
    ),
)


def upgrade() -> None:
    """Create the table, with the policy that tables of rows have."""
    op.create_table(
        "composio_refreshes",
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("composio_refreshes_hour", "composio_refreshes", ["project_id", "hour", "app", "entity_id"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POLICY:
            op.execute(statement)
