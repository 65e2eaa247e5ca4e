"""Tells Composio about this plugin; imports neither ``openai`` nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("openai", "openai")
