"""The tables, as they are after the last migration: the same in SQLite and in PostgreSQL.

Whatever is secret lies in ``key_id``, ``wrapped`` and ``box`` only. ``seq`` says in which order rows were added. Times are seconds
since 1970. The names begin with ``composio_``, because a database that somebody else provides may hold other tables.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

__all__ = ["METADATA", "VERSION_TABLE", "authorizations", "connections", "integrations", "retired_keys", "tasks"]

METADATA = MetaData()
VERSION_TABLE = "composio_version"
# In SQLite only this spelling is the table's own row number.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_LIST = JSON(none_as_null=True)


def _make_sealed_columns() -> tuple[Column[str], Column[bytes], Column[bytes]]:
    return (
        Column("key_id", Text, nullable=False, index=True),
        Column("wrapped", LargeBinary, nullable=False),
        Column("box", LargeBinary, nullable=False),
    )


integrations = Table(
    "composio_integrations",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("app", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("auth_mode", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("scopes", _LIST),
    Column("redirect_uri", Text),
    Column("use_composio_oauth_app", Boolean, nullable=False),
    Column("limited_actions", _LIST),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    *_make_sealed_columns(),
    Index("composio_integrations_app", "app", "seq"),
)

connections = Table(
    "composio_connections",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("entity_id", Text, nullable=False),
    Column("app", Text, nullable=False),
    # No foreign key: the connections of a removed integration stay, and say why they can't be used.
    Column("integration_id", Text, nullable=False),
    Column("auth_mode", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("labels", _LIST, nullable=False),
    Column("scopes", _LIST, nullable=False),
    Column("redirect_url", Text),
    Column("error", Text),
    Column("version", BigInteger, nullable=False),
    Column("expires_at", Double),
    Column("refresh_at", Double),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("activated_at", Double),
    Column("worked_at", Double),
    Column("lease_owner", Text),
    Column("lease_until", Double),
    # When the tokens that are stored were last sent to be exchanged, and when it was known that no answer will come. Written
    # before they are sent: whoever finds it after a crash knows that they may be used up.
    Column("renewal_sent_at", Double),
    Column("renewal_lost_at", Double),
    *_make_sealed_columns(),
    # Every call asks the first; the second finds an entity's newest whatever its status.
    Index("composio_connections_usable", "entity_id", "app", "status", "enabled", "seq"),
    Index("composio_connections_entity", "entity_id", "app", "seq"),
    Index("composio_connections_app", "app", "seq"),
    Index("composio_connections_integration", "integration_id", "seq"),
)

authorizations = Table(
    "composio_authorizations",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("state_hash", Text, nullable=False, unique=True),
    Column("connection_id", Text, ForeignKey("composio_connections.id", ondelete="CASCADE"), nullable=False),
    Column("integration_id", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("interval", Double),
    Column("next_poll_at", Double),
    Column("used_at", Double),
    *_make_sealed_columns(),
    Index("composio_authorizations_connection", "connection_id", "seq"),
)

# Master keys that nothing may be sealed under any more; see `composio.store.sealing`.
retired_keys = Table("composio_retired_keys", METADATA, Column("key_id", Text, primary_key=True))

# What a migration left to do for a process that has the master keys.
tasks = Table("composio_tasks", METADATA, Column("name", Text, primary_key=True))
