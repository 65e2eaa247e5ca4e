"""What the package exports, and that LangChain waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_langchain
from composio.plugin import Framework
from composio_langchain import _plugin

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
    assert sorted(composio_langchain.__all__) == sorted(EXPORTED) == sorted(dir(composio_langchain))
    assert all(getattr(composio_langchain, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="LangchainToolSet"):
        _ = composio_langchain.LangchainToolSet


def test_importing_does_not_load_langchain() -> None:
    code = (
        "import sys; from composio_langchain import ComposioToolSet, Action; import composio_langchain._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name.startswith('lang')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("langchain", "langchain-core")
    assert framework.toolset == "composio_langchain:ComposioToolSet"
    assert framework.requires == ">=0.3.50,<2"
