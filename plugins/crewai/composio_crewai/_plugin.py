"""Tells Composio about this plugin; imports neither CrewAI nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("crewai", "crewai")
