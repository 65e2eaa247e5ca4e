"""The first tables: integrations, connections, authorizations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _sealed_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
    ]


def _integrations() -> None:
    op.create_table(
        "composio_integrations",
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("auth_mode", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON()),
        sa.Column("redirect_uri", sa.Text()),
        sa.Column("use_composio_oauth_app", sa.Boolean(), nullable=False),
        sa.Column("limited_actions", sa.JSON()),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        *_sealed_columns(),
    )
    op.create_index("composio_integrations_app", "composio_integrations", ["app", "seq"])


def _connections() -> None:
    op.create_table(
        "composio_connections",
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("integration_id", sa.Text(), nullable=False),
        sa.Column("auth_mode", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("redirect_url", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.Double()),
        sa.Column("refresh_at", sa.Double()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("activated_at", sa.Double()),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.Double()),
        *_sealed_columns(),
    )
    for name, columns in {
        "usable": ["entity_id", "app", "status", "enabled", "seq"],
        "entity": ["entity_id", "app", "seq"],
        "app": ["app", "seq"],
        "integration": ["integration_id", "seq"],
    }.items():
        op.create_index(f"composio_connections_{name}", "composio_connections", columns)


def _authorizations() -> None:
    op.create_table(
        "composio_authorizations",
        sa.Column("seq", _NUMBER, primary_key=True),
        sa.Column("state_hash", sa.Text(), nullable=False, unique=True),
        sa.Column("connection_id", sa.Text(), sa.ForeignKey("composio_connections.id", ondelete="CASCADE"), nullable=False),
        sa.Column("integration_id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("interval", sa.Double()),
        sa.Column("next_poll_at", sa.Double()),
        sa.Column("used_at", sa.Double()),
        *_sealed_columns(),
    )
    op.create_index("composio_authorizations_connection", "composio_authorizations", ["connection_id", "seq"])
    op.create_index("ix_composio_authorizations_expires_at", "composio_authorizations", ["expires_at"])


def upgrade() -> None:
    """Create them."""
    _integrations()
    _connections()
    _authorizations()
    for table in ("integrations", "connections", "authorizations"):
        op.create_index(f"ix_composio_{table}_key_id", f"composio_{table}", ["key_id"])
