"""The server's tables: the same in SQLite and in PostgreSQL. Times are seconds since 1970; ids cannot be guessed.

Every row names its project, except people and their sign-ins: they may be members of several. Of API keys, links and browsers'
sessions only a SHA-256 is stored.
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
    UniqueConstraint,
)

__all__ = [
    "METADATA",
    "VERSION_TABLE",
    "api_keys",
    "attempts",
    "audit",
    "buckets",
    "cli_sessions",
    "files",
    "links",
    "mcp_servers",
    "members",
    "oauth_clients",
    "oauth_grants",
    "people",
    "probes",
    "project_apps",
    "projects",
    "server_secrets",
    "session_configs",
    "sessions",
    "sign_ins",
    "upstream_places",
    "upstream_waits",
    "web_sessions",
]

METADATA = MetaData()
VERSION_TABLE = "composio_server_version"
# In SQLite only this spelling is the table's own row number.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

projects = Table(
    "composio_projects",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
)

api_keys = Table(
    "composio_api_keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("used_at", Double),
    Index("composio_api_keys_project", "project_id", "created_at"),
)

# The remaining tokens of each rate: one row per project, key or entity that was limited recently.
buckets = Table(
    "composio_buckets",
    METADATA,
    Column("project_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("left", Double, nullable=False),
    Column("at", Double, nullable=False, index=True),
)

# Changes by keys and people: who, what, on which object, and the outcome. Rows are only added, and deleted when old.
audit = Table(
    "composio_audit",
    METADATA,
    Column("seq", _NUMBER, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("at", Double, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", JSON, nullable=False),
    Column("status", Integer, nullable=False),
    Column("request_id", Text, nullable=False),
    Index("composio_audit_project", "project_id", "seq"),
)

# Links to the page where a user connects. Their holder opens them without a key.
links = Table(
    "composio_links",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), nullable=False),
    Column("sha256", LargeBinary, nullable=False, unique=True),
    Column("integration_id", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("connection_id", Text),
    Column("callback_url", Text),
    # The intended user of the link, if only they may open it, in the creator's words.
    Column("opener", Text),
    Column("device", JSON(none_as_null=True)),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("used_at", Double),
    # The SHA-256 of a cookie of the browser that opened it first.
    Column("browser", LargeBinary),
    Index("composio_links_connection", "project_id", "connection_id", "created_at"),
)

# Tool router sessions; every change of a session's config is a separate row.
sessions = Table(
    "composio_sessions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("composio_sessions_project", "project_id", "created_at"),
)

session_configs = Table(
    "composio_session_configs",
    METADATA,
    Column("session_id", Text, ForeignKey("composio_sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), nullable=False),
    Column("config", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("composio_session_configs_project", "project_id"),
)

# MCP servers, accessible with a key of the project, or a URL that was signed with ``secret`` for one user.
mcp_servers = Table(
    "composio_mcp_servers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("config", JSON, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index("composio_mcp_servers_project", "project_id", "created_at"),
)

# Programs that registered, as in RFC 7591: anyone may. They have no secret.
oauth_clients = Table(
    "composio_oauth_clients",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("redirect_uris", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("used_at", Double),
)

# A person's permission for a program: to use one MCP server, or one session, as one user. First the code, then the newest
# tokens. Either ``server_id`` or ``session_id`` is set.
oauth_grants = Table(
    "composio_oauth_grants",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), nullable=False),
    Column("server_id", Text, ForeignKey("composio_mcp_servers.id", ondelete="CASCADE"), index=True),
    Column("session_id", Text, ForeignKey("composio_sessions.id", ondelete="CASCADE"), index=True),
    Column("person_id", Text, ForeignKey("composio_people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("client_name", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("code_sha256", LargeBinary, nullable=False),
    Column("code_used_at", Double),
    Column("access_sha256", LargeBinary),
    Column("access_expires_at", Double),
    Column("refresh_sha256", LargeBinary),
    # The previous refresh token: its use means that it was stolen.
    Column("former_sha256", LargeBinary),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Index("composio_oauth_grants_project", "project_id", "created_at"),
)

# Command lines that sign in, without a project until approved.
cli_sessions = Table(
    "composio_cli_sessions",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE")),
    Column("name", Text),
    Column("scopes", JSON),
    # Who approved it; None for a key.
    Column("person_id", Text, ForeignKey("composio_people.id", ondelete="CASCADE")),
    Index("composio_cli_sessions_expires", "expires_at"),
)

people = Table(
    "composio_people",
    METADATA,
    Column("id", Text, primary_key=True),
    # The sign-in name: an address or a word, in lower case.
    Column("name", Text, nullable=False, unique=True),
    Column("is_admin", Boolean, nullable=False),
    Column("password", Text),
    Column("issuer", Text),
    Column("subject", Text),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("issuer", "subject", name="composio_people_subject"),
)

members = Table(
    "composio_members",
    METADATA,
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", Text, ForeignKey("composio_people.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("composio_members_person", "person_id"),
)

web_sessions = Table(
    "composio_web_sessions",
    METADATA,
    Column("sha256", LargeBinary, primary_key=True),
    Column("person_id", Text, ForeignKey("composio_people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

# People during a sign-in at an OpenID provider.
sign_ins = Table(
    "composio_sign_ins",
    METADATA,
    Column("sha256", LargeBinary, primary_key=True),
    Column("browser", LargeBinary, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("goal", Text, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

# Wrong passwords, by the SHA-256 of the name or address.
attempts = Table(
    "composio_attempts",
    METADATA,
    Column("sha256", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Double, nullable=False, index=True),
)

# Uploads for arguments, which have an MD5, and downloads from results. ``path`` is below the home.
files = Table(
    "composio_files",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("mimetype", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("md5", Text),
    Column("size", BigInteger),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Index("composio_files_md5", "project_id", "md5"),
    Index("composio_files_path", "project_id", "path"),
)

# Apps that a project added; each instance compiles them for itself.
project_apps = Table(
    "composio_project_apps",
    METADATA,
    Column("project_id", Text, ForeignKey("composio_projects.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("base_url", Text),
    Column("auth", JSON, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("version", Text, nullable=False),
    Column("updated_at", Double, nullable=False),
)

# Keys with which all instances of a server sign.
server_secrets = Table(
    "composio_server_secrets",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
)

# Rows that instances write and delete to check the database.
probes = Table(
    "composio_probes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("filling", LargeBinary, nullable=False),
)

# Until when an API asked not to be called, by connection or ("") for calls without one.
upstream_waits = Table(
    "composio_upstream_waits",
    METADATA,
    Column("project_id", Text, primary_key=True),
    Column("app", Text, primary_key=True),
    Column("connection_id", Text, primary_key=True),
    Column("until", Double, nullable=False, index=True),
)

# Running calls to an app with limited concurrency. One that outlives ``until`` belongs to a dead process.
upstream_places = Table(
    "composio_upstream_places",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("until", Double, nullable=False),
    Index("composio_upstream_places_app", "project_id", "app"),
)
