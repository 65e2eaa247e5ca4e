"""The package around the tools: its exports, its registration."""

from __future__ import annotations

import pytest

import composio_openai
from composio.errors import InvalidRequest
from composio.testing import PluginContract


class TestPackage(PluginContract):
    package = "composio_openai"
    plain = True
    framework_modules = ("openai", "httpx", "pydantic")


def test_an_unknown_api_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'chat', 'responses' or 'realtime', not 'assistants'"):
        composio_openai.ComposioToolSet(api="assistants")  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize(
    "method",
    ["handle_assistant_tool_calls", "wait_and_handle_assistant_tool_calls", "wait_and_handle_assistant_stream_tool_calls"],
)
def test_the_assistants_helpers_say_what_replaced_them(method: str) -> None:
    toolset = composio_openai.ComposioToolSet()
    with pytest.raises(InvalidRequest, match=rf"{method}.*Responses"):
        getattr(toolset, method)(object(), entity_id="x")
