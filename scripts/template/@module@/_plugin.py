"""Tells Composio about this plugin; must not import the framework."""

from composio.plugin.frameworks import registers

# With a framework: registers("@name@", "its-distribution"), whose versions pyproject.toml states.
register_frameworks = registers("@name@")
