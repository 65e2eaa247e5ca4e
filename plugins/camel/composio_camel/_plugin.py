"""Tells Composio about this plugin; imports neither CAMEL nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("camel", "camel-ai")
