"""The server's own tables, in the same database as the connections."""
