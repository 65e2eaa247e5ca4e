"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from google.adk.tools.base_tool import BaseTool

from composio.testing import FakeUpstream, ScriptedModel
from composio_google_adk import Action, App, ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
ASK = "Get my GitHub username."

WAYS: dict[str, Callable[[Any], str]] = {
    "sync": lambda agent: str(agent.run(ASK)),
    "async": lambda agent: str(asyncio.run(agent.arun(ASK))),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_gets_the_username(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, token: str, make_agent: Any, way: str
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    assert WAYS[way](make_agent(model, tools)) == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_shown_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_agent: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    said = WAYS[way](make_agent(model, toolset.get_tools(actions=[ACTION])))
    assert said.startswith("It failed")
    assert "Unicorn!" in said


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
