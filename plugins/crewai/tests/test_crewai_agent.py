"""The main job through a real crew: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_crewai import Action, App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"

WAYS: dict[str, Callable[[Any], Any]] = {
    "sync": lambda agent: agent.run(ASK),
    "async": lambda agent: asyncio.run(agent.arun(ASK)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_crew_gets_the_username(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, token: str, make_agent: Any, way: str
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    assert WAYS[way](make_agent(model, tools)).raw == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_recorded_as_a_failure_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_agent: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    output = WAYS[way](make_agent(model, toolset.get_tools(actions=[ACTION])))
    assert output.raw.startswith("It failed")
    assert "Unicorn!" in output.raw
    assert ["Unicorn!" in failure.message for failure in output.tasks_output[0].tool_failures] == [True]


def test_the_same_call_twice_is_two_requests(toolset: ComposioToolSet, github: FakeUpstream, make_agent: Any) -> None:
    calls = Calls([{"name": ACTION, "arguments": {}}])
    with ScriptedModel([calls, calls, Say("Done.")]) as model:
        make_agent(model, toolset.get_tools(actions=[ACTION])).run(ASK)
    assert len(github.requests) == 2


def test_nulls_for_optional_parameters_are_not_sent(toolset: ComposioToolSet, github: FakeUpstream, make_agent: Any) -> None:
    # What strict mode makes a model write: every parameter, null where it has nothing to say.
    (tool,) = toolset.get_tools(actions=["GITHUB_CREATE_AN_ISSUE"])
    properties = tool.args_schema.model_json_schema()["properties"]
    arguments = {**dict.fromkeys(properties), "owner": "octocat", "repo": "hello", "title": "Hi", "labels": ["bug"]}
    script: list[Calls | Say] = [Calls([{"name": "GITHUB_CREATE_AN_ISSUE", "arguments": arguments}]), Say("Done.")]
    with ScriptedModel(script) as model:
        assert make_agent(model, [tool]).run("Open an issue.").raw == "Done."
    (request,) = github.requests
    assert request.arguments == {"owner": "octocat", "repo": "hello", "title": "Hi", "labels": ["bug"]}


def test_every_important_action_of_github_reaches_the_wire(
    toolset: ComposioToolSet, model: ScriptedModel, make_agent: Any
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    make_agent(model, tools).run(ASK)
    seen = {tool["name"]: set(tool["parameters"]["properties"]) for tool in model.tools_seen()}
    assert seen == {tool.name.lower(): set(tool.args_schema.model_json_schema()["properties"]) for tool in tools}
