"""What the package exports, and that ADK waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_google_adk
from composio.plugin import Framework
from composio_google_adk import _plugin

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


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_the_public_surface_is_pinned_and_loads() -> None:
    assert sorted(composio_google_adk.__all__) == sorted(EXPORTED) == sorted(dir(composio_google_adk))
    assert all(getattr(composio_google_adk, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="AdkToolSet"):
        _ = composio_google_adk.AdkToolSet


def test_importing_does_not_load_adk() -> None:
    code = (
        "import sys; from composio_google_adk import ComposioToolSet, Action; import composio_google_adk._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name.startswith('google')])"
    )
    assert run(code) == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("google-adk", "google-adk")
    assert framework.toolset == "composio_google_adk:ComposioToolSet"
    assert framework.requires == ">=2.0,<3"
