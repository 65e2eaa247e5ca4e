"""Migrations from any earlier version. Alembic reads these files; they are not part of the API."""
