"""Locate app definitions and API descriptions, and read their files."""
