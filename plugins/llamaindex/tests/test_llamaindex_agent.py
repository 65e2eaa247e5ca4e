"""The main job through real agents: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from composio.testing import FakeUpstream, Say, ScriptedModel
from composio_llamaindex import Action, App, ComposioToolSet

pytestmark = [
    # LlamaIndex looks for an agent's steps by reading every attribute, Pydantic's deprecated ones included.
    pytest.mark.filterwarnings("ignore:.* attribute .*is deprecated:DeprecationWarning"),
    # Its ReAct agent asks its own workflow what that has deprecated.
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"


def check(github: FakeUpstream, token: str) -> None:
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)


@pytest.mark.parametrize("kind", ["function agent", "without streaming"])
def test_an_agent_gets_the_username(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, token: str, run: Any, kind: str
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    assert asyncio.run(run(kind, model, tools, ASK)) == "You are octocat."
    check(github, token)


@pytest.mark.parametrize("kind", ["function agent", "without streaming"])
def test_a_refusal_is_shown_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, run: Any, kind: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    said = asyncio.run(run(kind, model, toolset.get_tools(actions=[ACTION]), ASK))
    assert said.startswith("It failed")
    assert "Unicorn!" in said


def test_a_react_agent_reads_the_tool_in_its_prompt(
    toolset: ComposioToolSet, github: FakeUpstream, token: str, run: Any
) -> None:
    # A ReAct agent has no tool messages by which the scripted model could tell the turns apart.
    turns = iter(
        [f"Thought: I need a tool.\nAction: {ACTION}\nAction Input: {{}}", "Thought: I know.\nAnswer: You are octocat."]
    )
    with ScriptedModel([Say(lambda _: next(turns))]) as model:
        said = asyncio.run(run("react agent", model, toolset.get_tools(actions=[ACTION]), ASK))
    assert said == "You are octocat."
    check(github, token)


def test_an_llm_calls_a_tool_without_an_agent(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, token: str, make_llm: Any
) -> None:
    tools = toolset.get_tools(actions=[ACTION])
    with make_llm(model) as llm:
        answer = llm.predict_and_call(tools, user_msg=ASK)
    assert json.loads(answer.response)["data"]["login"] == "octocat"
    check(github, token)


def test_every_important_action_of_github_reaches_the_wire(toolset: ComposioToolSet, model: ScriptedModel, run: Any) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    asyncio.run(run("function agent", model, tools, ASK))
    seen = {tool["name"]: tool["parameters"] for tool in model.tools_seen()}
    # LlamaIndex's OpenAI client closes every schema; the rest is as the tool says it.
    closed = {"additionalProperties": False}
    assert seen == {tool.metadata.name: tool.metadata.get_parameters_dict() | closed for tool in tools}
