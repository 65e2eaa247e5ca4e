"""Jobs that survive the process that added them: the port, and an engine that stores them in the database."""
