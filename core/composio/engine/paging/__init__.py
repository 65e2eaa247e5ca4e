"""Pages: detect where a response's list continues, and how to request that."""
