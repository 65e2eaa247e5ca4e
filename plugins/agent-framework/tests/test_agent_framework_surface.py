"""The package around the tools: its exports and its registration."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_agent_framework"
    framework_modules = ("agent_framework", "agent_framework_openai", "openai")
