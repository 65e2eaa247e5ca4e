"""PostgreSQL itself keeps projects apart: a transaction sees and changes the rows of the project that it names.

Row-level security, also for who owns the tables. A transaction that names none has the project without a name, as instances of
the last version do. The operator's work names every project.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("composio_integrations", "composio_connections", "composio_authorizations", "composio_calls")


def upgrade() -> None:
    """Make the policies, where the database has any."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_project ON {table} USING"
            " (project_id = coalesce(current_setting('composio.project', true), '')"
            " OR current_setting('composio.every_project', true) = 'on')"
        )
