"""The package around the tools: its exports, its registration."""

from __future__ import annotations

from agents import Agent

from composio.functions.decorator import action
from composio.functions.registry import REGISTRY
from composio.testing import PluginContract
from composio_openai_agents import ComposioToolSet


class TestPackage(PluginContract):
    package = "composio_openai_agents"
    framework_modules = ("agents", "openai")


def test_an_agent_takes_what_get_tools_returns() -> None:
    """To a type checker as well, which is half of what this tests: an agent's list is of a union."""

    def look(text: str) -> str:
        """Looks."""
        return text

    function = action(look)
    try:
        agent = Agent(name="a", tools=ComposioToolSet().get_tools(actions=[function]))
    finally:
        REGISTRY.discard(function)
    assert len(agent.tools) == 1
