"""What the package exports, and that CrewAI waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_crewai
from composio.plugin import Framework
from composio_crewai import _plugin

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
    assert sorted(composio_crewai.__all__) == sorted(EXPORTED) == sorted(dir(composio_crewai))
    assert all(getattr(composio_crewai, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="CrewaiToolSet"):
        _ = composio_crewai.CrewaiToolSet


def test_importing_does_not_load_crewai() -> None:
    code = (
        "import sys; from composio_crewai import ComposioToolSet, Action; import composio_crewai._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name.startswith('crewai')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("crewai", "crewai")
    assert framework.toolset == "composio_crewai:ComposioToolSet"
    assert framework.requires == ">=1.15.10,<2"
