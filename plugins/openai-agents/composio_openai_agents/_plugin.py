"""Tells Composio about this plugin; imports neither the Agents SDK nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("openai-agents", "openai-agents")
