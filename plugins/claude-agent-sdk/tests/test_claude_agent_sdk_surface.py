"""The package around the tools: its exports and its registration."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_claude_agent_sdk"
    framework_modules = ("claude_agent_sdk", "mcp")
    exports = ("create_server",)
