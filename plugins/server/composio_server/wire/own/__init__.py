"""Our own protocol, below ``/api/v3.1``, for :mod:`composio.remote`, so that a toolset works the same over a server."""
