"""How a server database of any earlier version becomes today's. Alembic reads these files; they are no modules of the API."""
