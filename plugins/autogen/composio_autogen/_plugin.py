"""Tells Composio about this plugin; imports neither AutoGen nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("autogen", "autogen-core")
