"""Tells Composio about this plugin; imports neither Griptape nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("griptape", "griptape")
