"""The package around the tools: its exports, its registration."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_griptape"
    framework_modules = ("griptape",)
