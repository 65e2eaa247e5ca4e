"""What the package exports, and that LlamaIndex waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_llamaindex
from composio.plugin import Framework
from composio_llamaindex import _plugin

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
    assert sorted(composio_llamaindex.__all__) == sorted(EXPORTED) == sorted(dir(composio_llamaindex))
    assert all(getattr(composio_llamaindex, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="LlamaindexToolSet"):
        _ = composio_llamaindex.LlamaindexToolSet


def test_importing_does_not_load_llamaindex() -> None:
    code = (
        "import sys; from composio_llamaindex import ComposioToolSet, Action; import composio_llamaindex._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name.startswith('llama')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("llamaindex", "llama-index-core")
    assert framework.toolset == "composio_llamaindex:ComposioToolSet"
    assert framework.requires == ">=0.12.37,<0.15"
