"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from composio.testing import FakeUpstream, ScriptedModel
from composio_langchain import Action, App, ComposioToolSet

ASK = {"messages": [("user", "Get my GitHub username.")]}
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"

WAYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "sync": lambda agent: agent.invoke(ASK),
    "async": lambda agent: asyncio.run(agent.ainvoke(ASK)),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_gets_the_username(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, token: str, make_agent: Any, way: str
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    state = WAYS[way](make_agent(model, tools))
    assert state["messages"][-1].content == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)
    (shown,) = (m for m in state["messages"] if isinstance(m, ToolMessage))
    assert shown.status == "success"


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_an_error_message_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_agent: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    state = WAYS[way](make_agent(model, toolset.get_tools(actions=[ACTION])))
    (shown,) = (m for m in state["messages"] if isinstance(m, ToolMessage))
    assert shown.status == "error"
    assert state["messages"][-1].content.startswith("It failed")
    assert "Unicorn!" in state["messages"][-1].content


def test_every_important_action_of_github_reaches_the_wire(
    toolset: ComposioToolSet, model: ScriptedModel, make_agent: Any
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    make_agent(model, tools).invoke(ASK)
    seen = {tool["name"]: set(tool["parameters"].get("properties", {})) for tool in model.tools_seen()}
    assert seen == {tool.name: set(tool.args) for tool in tools}
