"""Pages: where an answer's list goes on, and how to ask for that."""
