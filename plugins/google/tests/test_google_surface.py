"""What the package exports, and that google-genai waits until a tool is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_google
from composio.plugin import Framework
from composio_google import _plugin

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
    assert sorted(composio_google.__all__) == sorted(EXPORTED) == sorted(dir(composio_google))
    assert all(getattr(composio_google, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="GoogleToolSet"):
        _ = composio_google.GoogleToolSet


def test_importing_does_not_load_google_genai() -> None:
    code = (
        "import sys; from composio_google import ComposioToolSet, Action; import composio_google._plugin;"
        "ComposioToolSet(); print([name for name in sys.modules if name.startswith('google')])"
    )
    assert run(code) == "[]"


def test_the_former_name_works_and_says_the_new_one_once() -> None:
    code = (
        "import warnings, composio_google\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    from composio_gemini import Action, App, ComposioToolSet\n"
        "    import composio_gemini\n"
        "assert ComposioToolSet is composio_google.ComposioToolSet\n"
        "assert (composio_gemini.__all__, dir(composio_gemini)) == (composio_google.__all__, dir(composio_google))\n"
        "print([(w.category.__name__, str(w.message), w.filename) for w in caught])"
    )
    assert run(code) == "[('DeprecationWarning', 'composio_gemini is composio_google now; import that.', '<string>')]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("google", "google-genai")
    assert framework.toolset == "composio_google:ComposioToolSet"
    assert framework.requires == ">=1.24,<4"
