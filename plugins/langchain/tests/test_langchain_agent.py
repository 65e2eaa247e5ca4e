"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_langchain import App, ComposioToolSet

ASK = {"messages": [("user", "Get my GitHub username.")]}
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"

WAYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "sync": lambda agent: agent.invoke(ASK),
    "async": lambda agent: asyncio.run(agent.ainvoke(ASK)),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_says_the_username_or_why_it_can_t(
    asks_for_user: Any, model: ScriptedModel, make_agent: Any, way: str
) -> None:
    state, down = asks_for_user(lambda tools: WAYS[way](make_agent(model, tools)), lambda state: state["messages"][-1].content)
    (shown,) = (m for m in state["messages"] if isinstance(m, ToolMessage))
    assert shown.status == ("error" if down else "success")


def test_every_important_action_of_github_reaches_the_wire(
    toolset: ComposioToolSet, model: ScriptedModel, make_agent: Any
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    make_agent(model, tools).invoke(ASK)
    seen = {tool["name"]: set(tool["parameters"].get("properties", {})) for tool in model.tools_seen()}
    assert seen == {tool.name: set(tool.args) for tool in tools}


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_finds_and_runs_what_it_was_not_given(
    toolset: ComposioToolSet, github: FakeUpstream, make_agent: Any, way: str
) -> None:
    search = {"name": "COMPOSIO_SEARCH_TOOLS", "arguments": {"queries": [{"use_case": "get my GitHub user"}]}}
    run = {"name": "COMPOSIO_MULTI_EXECUTE_TOOL", "arguments": {"tools": [{"tool_slug": ACTION, "arguments": {}}]}}

    def name(results: list[str]) -> str:
        assert ACTION in results[0]
        (found,) = json.loads(results[-1])["data"]["results"]
        return f"You are {found['response']['data']['login']}."

    with ScriptedModel([Calls([search]), Calls([run]), Say(name)]) as model:
        state = WAYS[way](make_agent(model, toolset.discovery_tools(apps=[App.GITHUB])))
        assert len(model.tools_seen()) == 4
    assert state["messages"][-1].content == "You are octocat."
    assert [request.path for request in github.requests] == ["/user"]
