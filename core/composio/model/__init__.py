"""Frozen values that every layer shares; no I/O, no imports beyond the error tree."""
