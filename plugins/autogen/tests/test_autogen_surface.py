"""What the package exports, and that AutoGen waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_autogen
from composio.plugin import Framework
from composio_autogen import _plugin

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
    assert sorted(composio_autogen.__all__) == sorted(EXPORTED) == sorted(dir(composio_autogen))
    assert all(getattr(composio_autogen, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="AutogenToolSet"):
        _ = composio_autogen.AutogenToolSet


def test_importing_does_not_load_autogen() -> None:
    code = (
        "import sys; from composio_autogen import ComposioToolSet, Action; import composio_autogen._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name.startswith('autogen')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("autogen", "autogen-core")
    assert framework.toolset == "composio_autogen:ComposioToolSet"
    assert framework.requires == ">=0.6.2,<0.8"
