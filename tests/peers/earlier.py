"""Databases of connections as earlier versions left them."""

from __future__ import annotations

import sqlite3

from composio.store.tables import VERSION_TABLE

__all__ = ["LEDGER_COLUMNS", "NEWEST", "bring_back", "undo_projects"]

# Tables that no earlier version has.
NEWEST = (
    *(
        f"composio_trigger_{noun}"
        for noun in ("attempts", "deliveries", "destinations", "events", "subscriptions", "instances")
    ),
    "composio_jobs",
    "composio_approvals",
    "composio_policy_totals",
    "composio_call_chains",
    "composio_refreshes",
)
# Columns of the log of calls that it did not have at first.
LEDGER_COLUMNS = (
    *("agent", "on_behalf_of", "run", "decision", "approval_id", "approver", "arguments_digest", "request_until"),
    *("chain_number", "chain_salt", "chain_private", "chain_hash"),
)
_INDEXES = {
    "composio_integrations": {"composio_integrations_app": "app, seq"},
    "composio_connections": {
        "composio_connections_usable": "entity_id, app, status, enabled, seq",
        "composio_connections_entity": "entity_id, app, seq",
        "composio_connections_app": "app, seq",
        "composio_connections_integration": "integration_id, seq",
    },
    "composio_authorizations": {"ix_composio_authorizations_expires_at": "expires_at"},
}


def undo_projects(connection: sqlite3.Connection) -> None:
    """Make the tables those from before there were projects, keys of theirs, a log of calls, and triggers."""
    for table in (*NEWEST, "composio_calls", "composio_project_keys"):
        connection.execute(f"DROP TABLE {table}")
    made = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%project_id%'"
    for (name,) in connection.execute(made).fetchall():
        connection.execute(f"DROP INDEX {name}")
    for table, old in _INDEXES.items():
        connection.execute(f"ALTER TABLE {table} DROP COLUMN project_id")
        for name, columns in old.items():
            connection.execute(f"CREATE INDEX {name} ON {table} ({columns})")
    connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '0004'")
    connection.commit()


def bring_back(connection: sqlite3.Connection) -> None:
    """Make the tables those of the first version."""
    undo_projects(connection)
    for column in ("worked_at", "renewal_sent_at", "renewal_lost_at"):
        connection.execute(f"ALTER TABLE composio_connections DROP COLUMN {column}")
    for table in ("composio_retired_keys", "composio_tasks"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '0001'")
    connection.commit()
