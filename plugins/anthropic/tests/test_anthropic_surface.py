"""What the package exports, that importing it stays cheap, and its former name."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import composio_anthropic
from composio.errors import InvalidRequest
from composio.plugin import Framework
from composio_anthropic import _plugin

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
    assert sorted(composio_anthropic.__all__) == sorted(EXPORTED) == sorted(dir(composio_anthropic))
    assert all(getattr(composio_anthropic, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="ClaudeToolSet"):
        _ = composio_anthropic.ClaudeToolSet


def test_importing_neither_loads_anthropic_nor_anything_heavy() -> None:
    code = (
        "import sys; from composio_anthropic import ComposioToolSet, Action; import composio_anthropic._plugin;"
        "heavy = ('anthropic', 'httpx', 'pydantic', 'jinja2', 'yaml', 'jsonschema_rs', 'typer', 'rich');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("anthropic", "anthropic")
    assert framework.toolset == "composio_anthropic:ComposioToolSet"
    assert framework.requires == ">=0.69.0,<3"


def test_the_former_name_works_and_says_the_new_one_once() -> None:
    with pytest.warns(DeprecationWarning, match="composio_claude is now composio_anthropic") as warned:
        former = import_module("composio_claude")
    assert len(warned) == 1
    assert former.ComposioToolSet is composio_anthropic.ComposioToolSet
    assert import_module("composio_claude").Action is composio_anthropic.Action
    assert sorted(former.__all__) == sorted(dir(former)) == sorted(EXPORTED)


def test_an_unknown_runner_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'sync', 'async' or None, not True"):
        composio_anthropic.ComposioToolSet(runner=True)  # type: ignore[arg-type]  # the mistake under test
