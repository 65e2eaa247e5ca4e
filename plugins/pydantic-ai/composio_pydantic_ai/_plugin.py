"""Tells Composio about this plugin; imports neither Pydantic AI nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("pydantic-ai", "pydantic-ai-slim")
