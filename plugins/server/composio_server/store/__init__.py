"""The server's own tables, beside those of the connections in the same database."""
