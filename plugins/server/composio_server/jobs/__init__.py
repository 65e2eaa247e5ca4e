"""Jobs in PostgreSQL by pgqueuer, behind the port of :mod:`composio.jobs`."""
