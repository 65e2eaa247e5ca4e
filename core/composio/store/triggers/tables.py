"""The tables of triggers, as they are after the last migration; see :mod:`composio.store.tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table, Text

from composio.store.tables import METADATA, make_lease_columns, make_number, make_project_column, make_sealed_columns

__all__ = ["attempts", "deliveries", "destinations", "events", "instances", "jobs", "subscriptions"]

instances = Table(
    "composio_trigger_instances",
    METADATA,
    make_number(),
    Column("id", Text, nullable=False, unique=True),
    Column("trigger", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    # Whoever deletes a connection deletes what was enabled for it. Feeds and schedules need none.
    Column("connection_id", Text, ForeignKey("composio_connections.id", ondelete="CASCADE")),
    Column("integration_id", Text, nullable=False),
    Column("config", Text, nullable=False),
    # Of its connection and config: enabling the same again finds it by this.
    Column("digest", LargeBinary, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("route", Text),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("disabled_at", Double),
    Column("next_poll", Double),
    Column("last_poll", Double),
    Column("last_event", Double),
    Column("last_error", Text),
    Column("last_error_at", Double),
    Column("failures", Integer, nullable=False),
    Column("cursor", Text),
    *make_lease_columns(),
    make_project_column(),
    Index("composio_trigger_instances_same", "project_id", "entity_id", "trigger", "digest", unique=True),
    Index("composio_trigger_instances_route", "project_id", "app", "trigger", "route"),
    Index("composio_trigger_instances_newest", "project_id", "seq"),
    Index("composio_trigger_instances_connection", "connection_id"),
    Index("composio_trigger_instances_due", "next_poll"),
)

subscriptions = Table(
    "composio_trigger_subscriptions",
    METADATA,
    make_number(),
    Column("id", Text, nullable=False, unique=True),
    Column("app", Text, nullable=False),
    # No foreign keys: the provider is told to forget what is left of those that are gone.
    Column("instance_id", Text, nullable=False),
    Column("integration_id", Text, nullable=False),
    Column("connection_id", Text),
    Column("status", Text, nullable=False),
    Column("kept", Text, nullable=False),
    Column("expires_at", Double),
    Column("renew_at", Double),
    Column("failures", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    *make_lease_columns(),
    *make_sealed_columns(),
    make_project_column(),
    # One address for each instance, or for each integration.
    Index("composio_trigger_subscriptions_of", "project_id", "app", "integration_id", "instance_id", unique=True),
    Index("composio_trigger_subscriptions_instance", "project_id", "instance_id"),
    Index("composio_trigger_subscriptions_connection", "project_id", "connection_id"),
    Index("composio_trigger_subscriptions_due", "renew_at"),
)

events = Table(
    "composio_trigger_events",
    METADATA,
    make_number(),
    Column("id", Text, nullable=False, unique=True),
    Column("instance_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    # Of the key, for as long as it may not come again.
    Column("digest", LargeBinary),
    Column("trigger", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("connection_id", Text, nullable=False),
    Column("integration_id", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("original", Text),
    Column("warning", Text),
    Column("received_at", Double, nullable=False),
    make_project_column(),
    Index("composio_trigger_events_once", "instance_id", "digest", unique=True),
    Index("composio_trigger_events_project", "project_id", "seq"),
    Index("composio_trigger_events_instance", "project_id", "instance_id", "seq"),
    Index("composio_trigger_events_received", "received_at"),
    # A listener's place is a number, which must never be another event's, not even after all are purged.
    sqlite_autoincrement=True,
)

destinations = Table(
    "composio_trigger_destinations",
    METADATA,
    make_number(),
    Column("id", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("ordered", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("reason", Text),
    Column("failing_since", Double),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    *make_sealed_columns(),
    make_project_column(),
    Index("composio_trigger_destinations_of", "project_id", "instance_id"),
)

deliveries = Table(
    "composio_trigger_deliveries",
    METADATA,
    make_number(),
    Column("id", Text, nullable=False, unique=True),
    Column("event_id", Text, nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    Column("destination_id", Text, nullable=False),
    Column("ordered", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("due", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("http_status", Integer),
    Column("error", Text),
    Column("created_at", Double, nullable=False),
    Column("ended_at", Double),
    *make_lease_columns(),
    make_project_column(),
    Index("composio_trigger_deliveries_due", "status", "due"),
    Index("composio_trigger_deliveries_order", "destination_id", "status", "event_seq"),
    Index("composio_trigger_deliveries_event", "project_id", "event_id"),
    Index("composio_trigger_deliveries_newest", "project_id", "seq"),
)

attempts = Table(
    "composio_trigger_attempts",
    METADATA,
    make_number(),
    Column("delivery_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("http_status", Integer),
    Column("error", Text),
    Column("answer", Text),
    make_project_column(),
    Index("composio_trigger_attempts_delivery", "delivery_id", "number"),
)

jobs = Table(
    "composio_jobs",
    METADATA,
    make_number(),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("due", Double, nullable=False),
    Column("payload", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Double, nullable=False),
    *make_lease_columns(),
    make_project_column(),
    Index("composio_jobs_due", "kind", "due"),
)
