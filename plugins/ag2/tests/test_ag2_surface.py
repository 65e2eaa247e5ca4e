"""The package around the tools: its exports, its registration."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_ag2"
    framework_modules = ("ag2",)
