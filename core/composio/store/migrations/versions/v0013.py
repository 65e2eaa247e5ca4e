"""The log of calls as a ledger: who acted, what was decided, and a chain of hashes for each project."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNCHAINED = sa.text("chain_number IS NULL")
_RUNS = sa.text("run IS NOT NULL")
_POLICY = (
    "ALTER TABLE composio_call_chains ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE composio_call_chains FORCE ROW LEVEL SECURITY",
    (
        "CREATE POLICY composio_call_chains_project ON composio_call_chains USING"
        " (project_id = coalesce(current_setting('composio.project', true), '')"
        " OR current_setting('composio.every_project', true) = 'on')"
    ),
)


def upgrade() -> None:
    """Add the columns, and the table of the chains' ends with the policy that tables of rows have."""
    for name in ("agent", "on_behalf_of", "run", "decision", "approval_id", "approver", "arguments_digest"):
        op.add_column("composio_calls", sa.Column(name, sa.Text()))
    op.add_column("composio_calls", sa.Column("request_until", sa.Double()))
    op.add_column("composio_calls", sa.Column("chain_number", sa.BigInteger()))
    for name in ("chain_salt", "chain_private", "chain_hash"):
        op.add_column("composio_calls", sa.Column(name, sa.LargeBinary()))
    op.create_index("composio_calls_chain", "composio_calls", ["project_id", "chain_number"])
    op.create_index(
        "composio_calls_unchained",
        "composio_calls",
        ["project_id", "seq"],
        sqlite_where=_UNCHAINED,
        postgresql_where=_UNCHAINED,
    )
    op.create_index(
        "composio_calls_run", "composio_calls", ["project_id", "run", "seq"], sqlite_where=_RUNS, postgresql_where=_RUNS
    )
    op.create_table(
        "composio_call_chains",
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kept_number", sa.BigInteger(), nullable=False),
        sa.Column("kept_hash", sa.LargeBinary(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("composio_call_chains_project", "composio_call_chains", ["project_id"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POLICY:
            op.execute(statement)
