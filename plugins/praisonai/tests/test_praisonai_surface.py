"""The package around the tools: its exports, its registration, what is said of the framework."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_praisonai"
    framework_modules = ("praisonaiagents",)
