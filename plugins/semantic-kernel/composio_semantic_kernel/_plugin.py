"""Tells Composio about this plugin; imports neither Semantic Kernel nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("semantic-kernel", "semantic-kernel")
