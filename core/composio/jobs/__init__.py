"""Work that must survive the process that was given it: the port, and the engine that keeps it in the database."""
