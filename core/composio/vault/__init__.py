"""Encrypted storage of secrets, under a master key that is kept elsewhere."""
