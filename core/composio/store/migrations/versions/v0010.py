"""Triggers: what is enabled, what providers were told, what happened, where it is sent, and jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "bytes": sa.LargeBinary(),
    "time": sa.Double(),
    "flag": sa.Boolean(),
    "count": sa.Integer(),
    "number": sa.BigInteger(),
}
_LEASE = "lease_owner text?, lease_until time?"
_SEALED = "key_id text, wrapped bytes, box bytes"
# Each table's columns, those with "?" may be null; then its indexes, with "!" those that are unique.
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "composio_trigger_instances": (
        (
            "id text, trigger text, app text, entity_id text, connection_id connection, integration_id text, config text, digest bytes,"
            " enabled flag, source text, route text?, created_at time, updated_at time, disabled_at time?, next_poll time?,"
            f" last_poll time?, last_event time?, last_error text?, last_error_at time?, failures count, cursor text?, {_LEASE}"
        ),
        {
            "same!": "project_id entity_id trigger digest",
            "route": "project_id app trigger route",
            "newest": "project_id seq",
            "connection": "connection_id",
            "due": "next_poll",
        },
    ),
    "composio_trigger_subscriptions": (
        (
            "id text, app text, instance_id text, integration_id text, connection_id text?, status text, kept text, expires_at time?,"
            f" renew_at time?, failures count, error text?, created_at time, updated_at time, {_LEASE}, {_SEALED}"
        ),
        {
            "of!": "project_id app integration_id instance_id",
            "instance": "project_id instance_id",
            "connection": "project_id connection_id",
            "due": "renew_at",
        },
    ),
    "composio_trigger_events": (
        (
            "id text, instance_id text, key text, digest bytes?, trigger text, app text, entity_id text, connection_id text,"
            " integration_id text, config text, payload text, original text?, warning text?, received_at time"
        ),
        {
            "once!": "instance_id digest",
            "project": "project_id seq",
            "instance": "project_id instance_id seq",
            "received": "received_at",
        },
    ),
    "composio_trigger_destinations": (
        (
            "id text, url text, instance_id text, format text, ordered flag, enabled flag, reason text?, failing_since time?,"
            f" created_at time, updated_at time, {_SEALED}"
        ),
        {"of": "project_id instance_id"},
    ),
    "composio_trigger_deliveries": (
        (
            "id text, event_id text, event_seq number, destination_id text, ordered flag, status text, due time, attempts count,"
            f" http_status count?, error text?, created_at time, ended_at time?, {_LEASE}"
        ),
        {
            "due": "status due",
            "order": "destination_id status event_seq",
            "event": "project_id event_id",
            "newest": "project_id seq",
        },
    ),
    "composio_trigger_attempts": (
        "delivery_id text, number count, started_at time, seconds time, http_status count?, error text?, answer text?",
        {"delivery": "delivery_id number"},
    ),
    "composio_jobs": (
        f"id text, kind text, due time, payload text, attempts count, error text?, created_at time, {_LEASE}",
        {"due": "kind due"},
    ),
}
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
    for table, (columns, indexes) in _TABLES.items():
        options = {"sqlite_autoincrement": True} if table == "composio_trigger_events" else {}
        op.create_table(table, *_columns(columns), **options)
        for name, indexed in indexes.items():
            op.create_index(f"{table}_{name.rstrip('!')}", table, indexed.split(), unique=name.endswith("!"))
        if _SEALED in columns:
            op.create_index(f"ix_{table}_key_id", table, ["key_id"])
        if op.get_bind().dialect.name == "postgresql":
            for statement in _POLICY:
                op.execute(statement.format(table=table))


def _columns(listed: str) -> Iterator[sa.Column[Any]]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    yield sa.Column("seq", number, primary_key=True)
    for one in listed.split(", "):
        name, kind = one.split()
        if kind == "connection":
            yield sa.Column(name, sa.Text(), sa.ForeignKey("composio_connections.id", ondelete="CASCADE"))
            continue
        yield sa.Column(name, _TYPES[kind.rstrip("?")], nullable=kind.endswith("?"), unique=name == "id" or None)
    yield sa.Column("project_id", sa.Text(), nullable=False, server_default="")
