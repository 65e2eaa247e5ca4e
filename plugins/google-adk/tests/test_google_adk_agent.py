"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from google.adk.tools.base_tool import BaseTool

from composio.testing import ScriptedModel
from composio_google_adk import App, ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
ASK = "Get my GitHub username."

WAYS: dict[str, Callable[[Any], str]] = {
    "sync": lambda agent: str(agent.run(ASK)),
    "async": lambda agent: str(asyncio.run(agent.arun(ASK))),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_says_the_username_or_why_it_can_t(
    asks_for_user: Any, model: ScriptedModel, make_agent: Any, way: str
) -> None:
    asks_for_user(lambda tools: WAYS[way](make_agent(model, tools)))


def test_every_important_action_of_github_reaches_the_wire(
    toolset: ComposioToolSet, model: ScriptedModel, make_agent: Any
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    make_agent(model, tools).run(ASK)
    assert all(isinstance(tool, BaseTool) for tool in tools)
    declared = [d for tool in tools if (d := tool._get_declaration())]
    expected = [{"name": d.name, "description": d.description, "parameters": d.parameters_json_schema} for d in declared]
    assert model.tools_seen() == expected
    assert len(expected) == len(tools) >= 5
