"""The tables after the last migration, the same in SQLite and PostgreSQL.

Secrets are only in ``key_id``, ``wrapped`` and ``box``. ``seq`` is the insertion order of rows. Times are seconds since 1970.
The names begin with ``composio_``, because the database may hold other programs' tables.
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
    text,
)

__all__ = [
    "METADATA",
    "VERSION_TABLE",
    "approvals",
    "authorizations",
    "call_chains",
    "calls",
    "connections",
    "integrations",
    "make_lease_columns",
    "make_number",
    "make_project_column",
    "make_sealed_columns",
    "policy_totals",
    "project_keys",
    "refreshes",
    "retired_keys",
    "tasks",
]

METADATA = MetaData()
VERSION_TABLE = "composio_version"
# In SQLite only this spelling is the table's row id.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_LIST = JSON(none_as_null=True)


def make_number() -> Column[int]:
    """The column of the insertion order."""
    return Column("seq", _NUMBER, primary_key=True)


def make_lease_columns() -> tuple[Column[str], Column[float]]:
    """The columns of a lease: its owner and its end."""
    return Column("lease_owner", Text), Column("lease_until", Double)


def make_project_column() -> Column[str]:
    """The column of the project. Embedded use has one project without a name."""
    return Column("project_id", Text, nullable=False, server_default="")


def make_sealed_columns() -> tuple[Column[str], Column[bytes], Column[bytes]]:
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
    *make_sealed_columns(),
    make_project_column(),
    Index("composio_integrations_of", "project_id", "app", "seq"),
    Index("composio_integrations_newest", "project_id", "seq"),
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
    # When the stored tokens were last sent in an exchange, and when it was known that no response will come. Written
    # before they are sent: after a crash this shows that they may be used up.
    Column("renewal_sent_at", Double),
    Column("renewal_lost_at", Double),
    *make_sealed_columns(),
    make_project_column(),
    # Every call asks the first; the second finds an entity's newest whatever its status; the others list.
    Index("composio_connections_active", "project_id", "entity_id", "app", "status", "enabled", "seq"),
    Index("composio_connections_entities", "project_id", "entity_id", "app", "seq"),
    Index("composio_connections_apps", "project_id", "app", "seq"),
    Index("composio_connections_integrations", "project_id", "integration_id", "seq"),
    Index("composio_connections_newest", "project_id", "seq"),
    Index("composio_connections_states", "project_id", "enabled", "status", "seq"),
    Index("composio_connections_changed", "project_id", "updated_at", "seq"),
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
    Column("expires_at", Double, nullable=False),
    Column("interval", Double),
    Column("next_poll_at", Double),
    Column("used_at", Double),
    *make_sealed_columns(),
    make_project_column(),
    # The first also for what deleting a connection deletes.
    Index("composio_authorizations_connection", "connection_id", "seq"),
    Index("composio_authorizations_expiry", "project_id", "expires_at"),
)

# The keys of projects that have names, each sealed under the master key, or wrapped by the plugin that ``wrapper`` names.
project_keys = Table(
    "composio_project_keys",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("project_id", Text, nullable=False, unique=True),
    Column("id", Text, nullable=False),
    Column("wrapper", Text),
    Column("created_at", Double, nullable=False),
    *make_sealed_columns(),
)

# Calls that wait for a decision, with encrypted arguments. While one is live, the same call finds it by its digest.
_LIVE = text("status IN ('pending', 'approved', 'denied')")
approvals = Table(
    "composio_approvals",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("on_behalf_of", Text, nullable=False),
    Column("by", _LIST, nullable=False),
    Column("rules", _LIST, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("decided_at", Double),
    Column("decided_by", Text),
    Column("reason", Text),
    Column("used_at", Double),
    *make_sealed_columns(),
    make_project_column(),
    Index("composio_approvals_live", "project_id", "digest", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("composio_approvals_newest", "project_id", "seq"),
    Index("composio_approvals_waiting", "project_id", "status", "entity_id"),
)

# The totals of a policy's limits, until their period ends.
policy_totals = Table(
    "composio_policy_totals",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("key", Text, nullable=False),
    Column("total", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
    make_project_column(),
    Index("composio_policy_totals_key", "project_id", "key", unique=True),
)

# Retired master keys; see `composio.store.sealing`.
retired_keys = Table("composio_retired_keys", METADATA, Column("key_id", Text, primary_key=True))

# Migration work left to a process with the master keys.
tasks = Table("composio_tasks", METADATA, Column("name", Text, primary_key=True))

_UNCHAINED = text("chain_number IS NULL")
_RUNS = text("run IS NOT NULL")
# Each call: a row before it is sent, completed when it is answered. Without secrets, and without what a project keeps out.
calls = Table(
    "composio_calls",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False, unique=True),
    # The caller's own id of a request: a repeat under it is the same call.
    Column("request_id", Text),
    Column("digest", LargeBinary, nullable=False),
    Column("owner", Text, nullable=False),
    Column("key_id", Text),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("connection_id", Text),
    Column("status", Text, nullable=False),
    Column("http_status", Integer),
    Column("started_at", Double, nullable=False),
    Column("seconds", Double),
    Column("input", Text),
    Column("output", Text),
    Column("error", Text),
    # The whole answer, for as long as the request may be repeated: until then, or for a day by default.
    Column("answer", LargeBinary),
    Column("request_until", Double),
    # Who acted and in which run, what a policy decided, who approved, and the SHA-256 of the final arguments.
    Column("agent", Text),
    Column("on_behalf_of", Text),
    Column("run", Text),
    Column("decision", Text),
    Column("approval_id", Text),
    Column("approver", Text),
    Column("arguments_digest", Text),
    # The row's place in its project's chain, once it is complete; see `composio.store.ledger`.
    Column("chain_number", BigInteger),
    Column("chain_salt", LargeBinary),
    Column("chain_private", LargeBinary),
    Column("chain_hash", LargeBinary),
    Index("composio_calls_request", "project_id", "request_id", unique=True),
    Index("composio_calls_project", "project_id", "seq"),
    Index("composio_calls_entity", "project_id", "entity_id", "seq"),
    Index("composio_calls_started", "started_at"),
    Index("composio_calls_chain", "project_id", "chain_number"),
    Index("composio_calls_unchained", "project_id", "seq", sqlite_where=_UNCHAINED, postgresql_where=_UNCHAINED),
    Index("composio_calls_run", "project_id", "run", "seq", sqlite_where=_RUNS, postgresql_where=_RUNS),
)

# The last link of each project's chain of calls, and the last deleted one: the stored links begin after it.
call_chains = Table(
    "composio_call_chains",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("kept_number", BigInteger, nullable=False),
    Column("kept_hash", LargeBinary, nullable=False),
    make_project_column(),
    Index("composio_call_chains_project", "project_id", unique=True),
)

# How often an entity's tokens of an app were renewed in an hour, counted from 1970, and how often that failed.
refreshes = Table(
    "composio_refreshes",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("hour", BigInteger, nullable=False),
    Column("app", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    make_project_column(),
    Index("composio_refreshes_hour", "project_id", "hour", "app", "entity_id", unique=True),
)
