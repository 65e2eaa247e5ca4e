"""The main job through a real crew: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_crewai import App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"

WAYS: dict[str, Callable[[Any], Any]] = {
    "sync": lambda agent: agent.run(ASK),
    "async": lambda agent: asyncio.run(agent.arun(ASK)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_crew_says_the_username_or_records_a_failure(
    asks_for_user: Any, model: ScriptedModel, make_agent: Any, way: str
) -> None:
    output, down = asks_for_user(lambda tools: WAYS[way](make_agent(model, tools)), attrgetter("raw"))
    assert ["Unicorn!" in failure.message for failure in output.tasks_output[0].tool_failures] == [True] * down


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
