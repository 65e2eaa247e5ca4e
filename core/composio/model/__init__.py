"""Frozen values that all layers share; no I/O, no imports except the errors."""
