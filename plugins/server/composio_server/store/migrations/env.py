"""Run by Alembic, for :func:`composio.store.migrate.upgrade`."""

from __future__ import annotations

from composio.store.migrate import run_migrations

run_migrations()
