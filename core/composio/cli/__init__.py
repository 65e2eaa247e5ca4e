"""The ``composio`` command, one command per module."""
