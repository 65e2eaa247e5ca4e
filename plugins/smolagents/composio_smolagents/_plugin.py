"""Tells Composio about this plugin; imports neither smolagents nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("smolagents", "smolagents")
