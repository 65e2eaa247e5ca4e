"""Tells Composio about this plugin; imports neither the Claude Agent SDK nor the rest of the package."""

from composio.plugin.frameworks import registers

register_frameworks = registers("claude-agent-sdk", "claude-agent-sdk")
