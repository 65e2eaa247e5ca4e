"""Create pgqueuer's tables under the lock of our migrations, with the same row policies as ours.

Source: pgqueuer's documentation of ``DBSettings`` and ``upgrade``; PostgreSQL's of row-level security.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from composio.store.database import TURN

if TYPE_CHECKING:
    import asyncpg
    from pgqueuer.queries import Queries

__all__ = [
    "APPLICATION",
    "CONNECTIONS",
    "LOG",
    "QUEUE",
    "is_made",
    "make_connect_options",
    "make_queries",
    "make_tables",
    "prepare",
]

CONNECTIONS: Final = 3
"""Number of pgqueuer's connections in each worker: one listens, its statements share the others."""
APPLICATION: Final = "composio jobs"
"""The name of these connections in PostgreSQL's ``pg_stat_activity``."""
_PREFIX: Final = "composio_"
_STATUS: Final = f"{_PREFIX}pgqueuer_status"
_CHANNEL: Final = f"{_PREFIX}ch_pgqueuer"
LOG: Final = f"{_PREFIX}pgqueuer_log"
# Increment with each change of the following; stored beside pgqueuer's version in a comment of the table.
_OURS: Final = 1

QUEUE: Final = sa.Table(
    f"{_PREFIX}pgqueuer",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("priority", sa.Integer),
    sa.Column("execute_after", sa.DateTime(timezone=True)),
    sa.Column("status", sa.Enum("queued", "picked", "successful", "canceled", "deleted", "exception", "failed", name=_STATUS)),
    sa.Column("entrypoint", sa.Text),
    sa.Column("dedupe_key", sa.Text),
    sa.Column("payload", sa.LargeBinary),
    sa.Column("attempts", sa.Integer),
    sa.Column("project_id", sa.Text),
)
"""The columns of pgqueuer's queue that we access ourselves; ``project_id`` is ours."""

_OPERATOR: Final = "current_setting('composio.every_project', true) = 'on'"
_OWN: Final = f"project_id = coalesce(current_setting('composio.project', true), '') OR {_OPERATOR}"
# Job names and outcomes are the operator's; a job is its project's.
_POLICIES: Final[Mapping[str, str]] = {
    QUEUE.name: _OWN,
    LOG: _OPERATOR,
    f"{_PREFIX}pgqueuer_statistics": _OPERATOR,
    f"{_PREFIX}pgqueuer_schedules": _OPERATOR,
}
_LOOK: Final = "SELECT obj_description(to_regclass($1), 'pg_class')"
# URL parameters that asyncpg supports. It sends others of libpq's to the server, which refuses them.
_TAKEN: Final = frozenset(
    {"host", "port", "user", "password", "dbname", "passfile", "service", "servicefile", "options"}
    | {"sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword"}
    | {"ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "krbsrvname", "gsslib"}
)


def make_queries(driver: Any) -> Queries:
    """Make pgqueuer's statements use our tables, whatever the environment says."""
    from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
    from pgqueuer.domain.settings import DBSettings, Durability
    from pgqueuer.domain.types import Channel
    from pgqueuer.queries import Queries

    settings = DBSettings(
        prefix=_PREFIX,
        db_schema=None,
        channel=Channel(_CHANNEL),
        function=f"{_PREFIX}fn_pgqueuer_changed",
        trigger=f"{_PREFIX}tg_pgqueuer_changed",
        statistics_table=f"{_PREFIX}pgqueuer_statistics",
        queue_status_type=_STATUS,
        queue_table=QUEUE.name,
        queue_table_log=LOG,
        schedules_table=f"{_PREFIX}pgqueuer_schedules",
        durability=Durability.balanced,
        widen_id=True,
    )
    made = QueryBuilderEnvironment(settings), QueryQueueBuilder(settings), QuerySchedulerBuilder(settings)
    return Queries(driver, *made)


def make_connect_options(url: sa.URL) -> dict[str, Any]:
    """Return asyncpg's arguments to open the database of ``url`` as the operator, who has access to every project."""
    given = {name: value for name, value in url.query.items() if name in _TAKEN}
    seconds = url.query.get("connect_timeout", "")
    options: dict[str, Any] = {
        "dsn": url.set(drivername="postgresql", query=given).render_as_string(hide_password=False),
        "server_settings": {"application_name": APPLICATION, "composio.every_project": "on"},
    }
    if isinstance(seconds, str) and seconds.isdecimal() and int(seconds):
        options["timeout"] = float(seconds)
    return options


def _mark() -> str:
    return f"pgqueuer {version('pgqueuer')}, {_OURS}"


async def is_made(connection: asyncpg.Connection) -> bool:
    """Return whether the tables have this version."""
    return bool(await connection.fetchval(_LOOK, QUEUE.name) == _mark())


async def make_tables(connection: asyncpg.Connection) -> None:
    """Create pgqueuer's tables, or upgrade them to the installed version, under the migration lock."""
    from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

    if await is_made(connection):
        return
    await connection.execute("SELECT pg_advisory_lock($1)", TURN)
    try:
        if await is_made(connection):  # another process was first
            return
        queries = make_queries(AsyncpgDriver(connection))
        if await queries.schema_is_installed():
            await queries.upgrade()
            await _hold(connection)
        else:
            async with connection.transaction():
                await queries.install()
                await _hold(connection)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", TURN)


async def prepare(url: sa.URL) -> None:
    """Create pgqueuer's tables in the database of ``url``. Raises asyncpg's errors if the database cannot be used."""
    import asyncpg

    connection = await asyncpg.connect(**make_connect_options(url))
    try:
        await make_tables(connection)
    finally:
        await connection.close()


async def _hold(connection: asyncpg.Connection) -> None:
    """Give each job a project, and limit transactions to theirs."""
    default = "coalesce(current_setting('composio.project', true), '')"
    statements = [f"ALTER TABLE {QUEUE.name} ADD COLUMN IF NOT EXISTS project_id text NOT NULL DEFAULT {default}"]
    for table, condition in _POLICIES.items():
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS {table}_project ON {table}",
            f"CREATE POLICY {table}_project ON {table} USING ({condition})",
        ]
    statements.append(f"COMMENT ON TABLE {QUEUE.name} IS '{_mark()}'")
    async with connection.transaction():
        await connection.execute(";\n".join(statements))
