"""Tells Composio about this plugin; imports neither LangGraph nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("langgraph", "langgraph")
