"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from composio.testing import FakeUpstream, ScriptedModel
from composio_openai_agents import Action, App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"

WAYS: dict[str, Callable[[Any], str]] = {
    "run_sync": lambda loop: str(loop.run(ASK)),
    "run": lambda loop: asyncio.run(loop.arun(ASK)),
    "run_streamed": lambda loop: asyncio.run(loop.stream(ASK)),
}
APIS = ["responses", "chat"]


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
