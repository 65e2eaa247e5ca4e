"""Names of v0.7 that have no counterpart here: they can be imported, and say when they are used what to use instead."""
