"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.adk.tools.base_tool import BaseTool

from composio.errors import InvalidRequest
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_google_adk import Action, App, ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
ASK = "Get my GitHub username."

WAYS: dict[str, Callable[[Any], str]] = {
    "sync": lambda agent: str(agent.run(ASK)),
    "async": lambda agent: str(asyncio.run(agent.arun(ASK))),
}


def username(results: list[str]) -> str:
    result = json.loads(results[-1])
    return f"You are {result['data']['login']}." if result["successful"] else f"It failed: {result['error']}"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say(username)]) as model:
        yield model
    assert not model.problems


@pytest.fixture
def toolset(home: Path, github: FakeUpstream, token: str) -> Iterator[ComposioToolSet]:
    with ComposioToolSet(home=home) as toolset:
        toolset.add_auth(App.GITHUB, [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
        yield toolset


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


def test_there_are_no_calls_to_handle(toolset: ComposioToolSet) -> None:
    with pytest.raises(InvalidRequest, match="carries its tools out by itself"):
        toolset.handle_tool_calls({})
