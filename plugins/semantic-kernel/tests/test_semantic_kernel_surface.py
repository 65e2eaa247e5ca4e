"""The package around the tools: its exports and its registration."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_semantic_kernel"
    framework_modules = ("semantic_kernel",)
