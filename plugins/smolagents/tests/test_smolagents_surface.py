"""The package around the tools: its exports, its registration, its former name."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_smolagents"
    framework_modules = ("smolagents",)
    alias = "composio_smol"
