"""The package around the tools: its exports, its registration, its former name."""

from __future__ import annotations

from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_pydantic_ai"
    framework_modules = ("pydantic_ai", "pydantic_ai_slim")
    alias = "composio_pydanticai"
