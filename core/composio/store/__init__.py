"""Tables and queries of integrations and connections, in SQLAlchemy Core: one SQLite file, later PostgreSQL."""
