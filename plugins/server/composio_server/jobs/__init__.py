"""Jobs in PostgreSQL by pgqueuer, behind the interface of :mod:`composio.jobs`."""
