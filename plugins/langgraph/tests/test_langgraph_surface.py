"""What the package exports, and that LangGraph and LangChain wait until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_langchain
import composio_langgraph
from composio.plugin import Framework
from composio_langgraph import _plugin

EXPORTED = [
    "Action",
    "App",
    "ComposioToolSet",
    "CustomAuthParameter",
    "ParamPlacement",
    "Tag",
    "ToolResult",
    "Trigger",
    "action",
]


def test_the_public_surface_is_pinned_and_loads() -> None:
    assert sorted(composio_langgraph.__all__) == sorted(EXPORTED) == sorted(dir(composio_langgraph))
    assert all(getattr(composio_langgraph, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="LanggraphToolSet"):
        _ = composio_langgraph.LanggraphToolSet


def test_the_toolset_is_a_langchain_one() -> None:
    assert issubclass(composio_langgraph.ComposioToolSet, composio_langchain.ComposioToolSet)


def test_importing_does_not_load_the_frameworks() -> None:
    code = (
        "import sys; from composio_langgraph import ComposioToolSet, Action; import composio_langgraph._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name.startswith('lang')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("langgraph", "langgraph")
    assert framework.toolset == "composio_langgraph:ComposioToolSet"
    assert framework.requires == ">=0.3.5,<2"
