"""Our own protocol, below ``/api/v3.1``: what :mod:`composio.remote` speaks, so that a toolset works the same over a server."""
