"""The main job through a real agent: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio.testing import FakeUpstream, ScriptedModel
from composio_autogen import Action, App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_an_agent_gets_the_username(
    toolset: ComposioToolSet,
    model: ScriptedModel,
    github: FakeUpstream,
    token: str,
    make_agent: Any,
    shown_results: Any,
    streamed: bool,
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    result = asyncio.run(make_agent(model, tools, model_client_stream=streamed).run(ASK))
    assert result.messages[-1].content == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)
    (shown,) = shown_results(result)
    assert not shown.is_error


def test_a_workbench_gets_the_username_too(toolset: ComposioToolSet, model: ScriptedModel, make_agent: Any) -> None:
    async def run(workbench: Any) -> str:
        async with workbench:
            return str((await make_agent(model, workbench=workbench).run(ASK)).messages[-1].content)

    async def fetch_and_run() -> str:
        return await run(await toolset.aget_workbench(actions=[ACTION]))

    assert asyncio.run(run(toolset.get_workbench([ACTION]))) == "You are octocat."
    assert asyncio.run(fetch_and_run()) == "You are octocat."


def test_a_refusal_is_an_error_result_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_agent: Any, shown_results: Any
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    result = asyncio.run(make_agent(model, toolset.get_tools(actions=[ACTION])).run(ASK))
    (shown,) = shown_results(result)
    assert shown.is_error
    assert result.messages[-1].content.startswith("It failed")
    assert "Unicorn!" in result.messages[-1].content


def test_every_important_action_of_github_reaches_the_wire_as_it_is(
    toolset: ComposioToolSet, model: ScriptedModel, make_agent: Any
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    asyncio.run(make_agent(model, tools).run(ASK))
    assert {tool["name"]: tool["parameters"] for tool in model.tools_seen()} == {
        tool.name: tool.schema["parameters"] for tool in tools
    }
