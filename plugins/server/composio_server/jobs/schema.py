"""pgqueuer's tables, created under the lock of our migrations and with the same row policies as ours.

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
"""How many connections pgqueuer has in each worker: one listens, its statements share the others."""
APPLICATION: Final = "composio jobs"
"""What PostgreSQL's ``pg_stat_activity`` calls these connections."""
_PREFIX: Final = "composio_"
_STATUS: Final = f"{_PREFIX}pgqueuer_status"
_CHANNEL: Final = f"{_PREFIX}ch_pgqueuer"
LOG: Final = f"{_PREFIX}pgqueuer_log"
# Grows with each change of what follows here; pgqueuer's version stands beside it in a comment of the table.
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
"""What we read and write of pgqueuer's queue by ourselves; ``project_id`` is our column."""

_OPERATOR: Final = "current_setting('composio.every_project', true) = 'on'"
_OWN: Final = f"project_id = coalesce(current_setting('composio.project', true), '') OR {_OPERATOR}"
# Names of jobs and how they went are the operator's; a job is its project's.
_POLICIES: Final[Mapping[str, str]] = {
    QUEUE.name: _OWN,
    LOG: _OPERATOR,
    f"{_PREFIX}pgqueuer_statistics": _OPERATOR,
    f"{_PREFIX}pgqueuer_schedules": _OPERATOR,
}
_LOOK: Final = "SELECT obj_description(to_regclass($1), 'pg_class')"
# What asyncpg takes from a URL. Other settings of libpq's are sent to the server by it, which refuses them.
_TAKEN: Final = frozenset(
    {"host", "port", "user", "password", "dbname", "passfile", "service", "servicefile", "options"}
    | {"sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword"}
    | {"ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "krbsrvname", "gsslib"}
)


def make_queries(driver: Any) -> Queries:
    """Make pgqueuer's statements about our tables, whatever the environment says of others."""
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
    """What asyncpg opens the database of ``url`` with, as the operator, who reaches every project."""
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
    """Whether the tables are this version's."""
    return bool(await connection.fetchval(_LOOK, QUEUE.name) == _mark())


async def make_tables(connection: asyncpg.Connection) -> None:
    """Make pgqueuer's tables, or bring them to the installed version, while nobody else migrates the database."""
    from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

    if await is_made(connection):
        return
    await connection.execute("SELECT pg_advisory_lock($1)", TURN)
    try:
        if await is_made(connection):  # another process was faster
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
    """Make pgqueuer's tables in the database of ``url``. Raises what asyncpg raises where that can't be used."""
    import asyncpg

    connection = await asyncpg.connect(**make_connect_options(url))
    try:
        await make_tables(connection)
    finally:
        await connection.close()


async def _hold(connection: asyncpg.Connection) -> None:
    """Give each job a project, and hold transactions to theirs."""
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
