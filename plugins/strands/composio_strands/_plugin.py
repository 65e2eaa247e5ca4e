"""Tells Composio about this plugin; imports neither Strands nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("strands", "strands-agents")
