"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.errors import InvalidRequest
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_openai_agents import Action, App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"

WAYS: dict[str, Callable[[Any], str]] = {
    "run_sync": lambda loop: str(loop.run(ASK)),
    "run": lambda loop: asyncio.run(loop.arun(ASK)),
    "run_streamed": lambda loop: asyncio.run(loop.stream(ASK)),
}
APIS = ["responses", "chat"]


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


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("way", WAYS)
def test_an_agent_gets_the_username(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, token: str, make_loop: Any, way: str, api: str
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    assert WAYS[way](make_loop(model, tools, api)) == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_a_result_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_loop: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    said = WAYS[way](make_loop(model, toolset.get_tools(actions=[ACTION])))
    assert said.startswith("It failed")
    assert "Unicorn!" in said


@pytest.mark.parametrize("api", APIS)
def test_every_important_action_of_github_reaches_the_wire_as_it_is(
    toolset: ComposioToolSet, model: ScriptedModel, make_loop: Any, api: str
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    asyncio.run(make_loop(model, tools, api).arun(ASK))
    seen = {tool["name"]: tool["parameters"] for tool in model.tools_seen()}
    assert seen == {tool.name: tool.params_json_schema for tool in tools}


def test_the_result_is_paired_with_the_sdks_own_call_id(toolset: ComposioToolSet, model: ScriptedModel, make_loop: Any) -> None:
    asyncio.run(make_loop(model, toolset.get_tools(actions=[ACTION])).arun(ASK))
    items = model.requests[-1].body["input"]
    (asked,) = (item for item in items if item.get("type") == "function_call")
    (answered,) = (item for item in items if item.get("type") == "function_call_output")
    assert asked["call_id"] == answered["call_id"]


def test_there_are_no_calls_to_handle(toolset: ComposioToolSet) -> None:
    with pytest.raises(InvalidRequest, match="carries its tools out by itself"):
        toolset.handle_tool_calls({})
