"""Tells Composio about this plugin; imports neither AG2 nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("ag2", "ag2")
