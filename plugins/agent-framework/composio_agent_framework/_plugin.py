"""Tells Composio about this plugin; imports neither Agent Framework nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("agent-framework", "agent-framework-core")
