"""What the package exports, and that smolagents waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_smolagents
from composio.plugin import Framework
from composio_smolagents import _plugin

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
    assert sorted(composio_smolagents.__all__) == sorted(EXPORTED) == sorted(dir(composio_smolagents))
    assert all(getattr(composio_smolagents, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="SmolToolSet"):
        _ = composio_smolagents.SmolToolSet


def test_importing_does_not_load_smolagents() -> None:
    code = (
        "import sys; from composio_smolagents import ComposioToolSet, Action; import composio_smolagents._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name == 'smolagents'])"
    )
    assert run(code) == "[]"


def test_the_former_name_works_and_says_the_new_one_once() -> None:
    code = (
        "import warnings, composio_smolagents\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    from composio_smol import Action, App, ComposioToolSet\n"
        "    import composio_smol\n"
        "assert ComposioToolSet is composio_smolagents.ComposioToolSet\n"
        "assert (composio_smol.__all__, dir(composio_smol)) == (composio_smolagents.__all__, dir(composio_smolagents))\n"
        "print([(w.category.__name__, str(w.message), w.filename) for w in caught])"
    )
    assert run(code) == "[('DeprecationWarning', 'composio_smol is composio_smolagents now; import that.', '<string>')]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("smolagents", "smolagents")
    assert framework.toolset == "composio_smolagents:ComposioToolSet"
    assert framework.requires == ">=1.23,<2"
