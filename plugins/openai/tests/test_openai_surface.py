"""What the package exports, and that importing it stays cheap."""

from __future__ import annotations

import subprocess
import sys

import pytest

import composio_openai
from composio.errors import InvalidRequest
from composio.plugin import Framework
from composio_openai import _plugin

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
    assert sorted(composio_openai.__all__) == sorted(EXPORTED) == sorted(dir(composio_openai))
    assert all(getattr(composio_openai, name) is not None for name in EXPORTED)
    with pytest.raises(AttributeError, match="OpenAIToolSet"):
        _ = composio_openai.OpenAIToolSet


def test_importing_neither_loads_openai_nor_anything_heavy() -> None:
    code = (
        "import sys; from composio_openai import ComposioToolSet, Action;"
        "import composio_openai._plugin;"
        "heavy = ('openai', 'httpx', 'pydantic', 'jinja2', 'yaml', 'jsonschema_rs', 'typer', 'rich');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_plugin_registers_its_framework_with_the_versions_it_states() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.package) == ("openai", "openai")
    assert framework.toolset == "composio_openai:ComposioToolSet"
    assert framework.requires == ">=1.66,<4"


def test_an_unknown_api_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'chat' or 'responses', not 'assistants'"):
        composio_openai.ComposioToolSet(api="assistants")  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize(
    "method",
    ["handle_assistant_tool_calls", "wait_and_handle_assistant_tool_calls", "wait_and_handle_assistant_stream_tool_calls"],
)
def test_the_assistants_helpers_say_what_replaced_them(method: str) -> None:
    toolset = composio_openai.ComposioToolSet()
    with pytest.raises(InvalidRequest, match=rf"{method}.*Responses"):
        getattr(toolset, method)(object(), entity_id="x")
