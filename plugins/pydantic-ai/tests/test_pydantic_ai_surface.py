"""What the package exports, and that Pydantic AI waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_pydantic_ai
from composio.plugin import Framework
from composio_pydantic_ai import _plugin

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
    assert sorted(composio_pydantic_ai.__all__) == sorted(EXPORTED) == sorted(dir(composio_pydantic_ai))
    assert all(getattr(composio_pydantic_ai, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="PydanticAIToolSet"):
        _ = composio_pydantic_ai.PydanticAIToolSet


def test_importing_does_not_load_pydantic_ai() -> None:
    code = (
        "import sys; from composio_pydantic_ai import ComposioToolSet, Action; import composio_pydantic_ai._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name.startswith('pydantic_ai')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("pydantic-ai", "pydantic-ai-slim")
    assert framework.toolset == "composio_pydantic_ai:ComposioToolSet"
    assert framework.requires == ">=1.44,<3"


def test_v07s_name_works_and_says_the_new_one_once() -> None:
    code = (
        "import warnings, composio_pydantic_ai as new\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    from composio_pydanticai import Action, ComposioToolSet\n"
        "    import composio_pydanticai as old\n"
        "assert ComposioToolSet is new.ComposioToolSet and dir(old) == dir(new) and old.__all__ == new.__all__\n"
        "(warning,) = caught\n"
        "print(warning.category.__name__, warning.filename, warning.message)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "DeprecationWarning <string> composio_pydanticai is composio_pydantic_ai now; import that.\n"
