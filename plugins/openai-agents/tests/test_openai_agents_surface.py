"""The package around the tools: its exports, its registration."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_openai_agents"
    framework_modules = ("agents", "openai")
