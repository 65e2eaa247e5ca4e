"""Tells Composio about this plugin; imports neither PraisonAI nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("praisonai", "praisonaiagents")
