"""Tells Composio about this plugin; imports neither Haystack nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("haystack", "haystack-ai")
