"""Tells Composio about this plugin; imports neither LiveKit nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("livekit", "livekit-agents")
