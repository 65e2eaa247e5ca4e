"""The package around the tools: its exports, its registration, its former name."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_google"
    exports = ("ComposioToolset",)
    framework_modules = ("google",)
    alias = "composio_gemini"
