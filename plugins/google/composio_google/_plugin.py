"""Tells Composio about this plugin; imports neither google-genai nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("google", "google-genai")
