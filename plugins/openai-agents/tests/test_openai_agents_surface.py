"""What the package exports, and that the Agents SDK waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_openai_agents
from composio.plugin import Framework
from composio_openai_agents import _plugin

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
    assert sorted(composio_openai_agents.__all__) == sorted(EXPORTED) == sorted(dir(composio_openai_agents))
    assert all(getattr(composio_openai_agents, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="AgentsToolSet"):
        _ = composio_openai_agents.AgentsToolSet


def test_importing_does_not_load_the_sdk() -> None:
    code = (
        "import sys; from composio_openai_agents import ComposioToolSet, Action; import composio_openai_agents._plugin;"
        "ComposioToolSet(); print([name for name in ('agents', 'openai', 'mcp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("openai-agents", "openai-agents")
    assert framework.toolset == "composio_openai_agents:ComposioToolSet"
    assert framework.requires == ">=0.3.0,<1"
