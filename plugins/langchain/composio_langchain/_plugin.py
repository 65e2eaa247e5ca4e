"""Tells Composio about this plugin; imports neither LangChain nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("langchain", "langchain-core")
