"""Tells Composio about this plugin; imports neither LlamaIndex nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("llamaindex", "llama-index-core")
