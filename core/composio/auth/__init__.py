"""Signing, one scheme per file, without I/O."""
