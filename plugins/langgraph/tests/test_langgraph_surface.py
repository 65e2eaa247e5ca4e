"""The package around the tools: its exports, its registration."""

from __future__ import annotations

import composio_langchain
import composio_langgraph
from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_langgraph"
    framework_modules = ("langgraph", "langchain_core", "langchain", "langsmith")


def test_the_toolset_is_a_langchain_one() -> None:
    assert issubclass(composio_langgraph.ComposioToolSet, composio_langchain.ComposioToolSet)
