"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydantic_ai
import pytest

from composio.errors import InvalidRequest
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_pydantic_ai import Action, App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"

WAYS: dict[str, Callable[[Any], str]] = {
    "sync": lambda runner: str(runner.run_sync(ASK).output),
    "async": lambda runner: str(asyncio.run(runner.run(ASK)).output),
    "streamed": lambda runner: str(asyncio.run(runner.stream(ASK))),
}


def username(results: list[str]) -> str:
    result = json.loads(results[-1])
    return f"You are {result['data']['login']}." if result.get("successful") else f"It failed: {result['error']}"


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
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, token: str, make_runner: Any, way: str
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    assert WAYS[way](make_runner(model, tools)) == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_shown_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    said = WAYS[way](make_runner(model, toolset.get_tools(actions=[ACTION])))
    assert said.startswith("It failed")
    assert "Unicorn!" in said
    (shown,) = map(json.loads, model.results_seen())
    result = json.loads(shown["error"]) if hasattr(pydantic_ai, "ToolFailed") else shown
    assert result["successful"] is False


def test_every_important_action_of_github_reaches_the_wire(
    toolset: ComposioToolSet, model: ScriptedModel, make_runner: Any
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    make_runner(model, tools).run_sync(ASK)
    seen = {tool["name"]: set(tool["parameters"].get("properties", {})) for tool in model.tools_seen()}
    assert seen == {tool.name: set(tool.tool_def.parameters_json_schema["properties"]) for tool in tools}


def test_there_are_no_calls_to_handle(toolset: ComposioToolSet) -> None:
    with pytest.raises(InvalidRequest, match="carries its tools out by itself"):
        toolset.handle_tool_calls({})
