"""The SDK's own loop, ``client.beta.messages.tool_runner``, with tools that it runs itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from inspect import signature
from typing import Any

import anthropic
import pytest
from anthropic.resources.beta.messages import Messages

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_anthropic import ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
REPOSITORY = "GITHUB_GET_A_REPOSITORY"
REQUEST: dict[str, Any] = {
    "model": "m",
    "max_tokens": 1024,
    "messages": [{"role": "user", "content": "Get my GitHub username."}],
}
if "thread" in signature(Messages.tool_runner).parameters:
    # Newer runners leave the history at Anthropic; the scripted model reads its turn from the history in each request.
    REQUEST["thread"] = False


def run(make_toolset: Callable[..., ComposioToolSet], model: ScriptedModel, *actions: str) -> str:
    tools = make_toolset(runner="sync").get_tools(actions=list(actions))
    with anthropic.Anthropic(base_url=model.url, api_key="none", max_retries=0) as client:
        last: Any = client.beta.messages.tool_runner(tools=tools, **REQUEST).until_done()
    return str(last.content[0].text)


def arun(make_toolset: Callable[..., ComposioToolSet], model: ScriptedModel, *actions: str) -> str:
    async def main() -> str:
        tools = await make_toolset(runner="async").aget_tools(actions=list(actions))
        async with anthropic.AsyncAnthropic(base_url=model.url, api_key="none", max_retries=0) as client:
            last: Any = await client.beta.messages.tool_runner(tools=tools, **REQUEST).until_done()
        return str(last.content[0].text)

    return asyncio.run(main())


WAYS = pytest.mark.parametrize("way", [run, arun])
Way = Callable[..., str]


def answered(model: ScriptedModel) -> dict[str, Any]:
    """The block that the model was answered with."""
    (block,) = model.requests[-1].body["messages"][-1]["content"]
    return dict(block)


@WAYS
def test_the_runner_gets_the_username(
    make_toolset: Callable[..., ComposioToolSet], model: ScriptedModel, github: FakeUpstream, token: str, way: Way
) -> None:
    assert way(make_toolset, model, ACTION) == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)
    assert "is_error" not in answered(model)


@WAYS
def test_a_failure_is_an_error_that_the_model_reads_and_the_run_goes_on(
    make_toolset: Callable[..., ComposioToolSet], model: ScriptedModel, github: FakeUpstream, way: Way
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    said = way(make_toolset, model, ACTION)
    assert said.startswith("It failed")
    assert "Unicorn!" in said
    assert answered(model)["is_error"] is True


@WAYS
def test_wrong_arguments_are_an_error_that_the_model_reads(
    make_toolset: Callable[..., ComposioToolSet], github: FakeUpstream, way: Way
) -> None:
    with ScriptedModel([Calls([{"name": REPOSITORY, "arguments": {"owner": 7}}]), Say("Sorry.")]) as model:
        assert way(make_toolset, model, REPOSITORY) == "Sorry."
    assert answered(model)["is_error"] is True
    assert "repo" in json.loads(answered(model)["content"])["error"]
    assert github.requests == []


@pytest.mark.filterwarnings("ignore:Tool 'GITHUB_NOTHING' not found:UserWarning")  # the runner's own, to its user
@WAYS
def test_an_unknown_tool_does_not_end_the_run(
    make_toolset: Callable[..., ComposioToolSet], github: FakeUpstream, way: Way
) -> None:
    with ScriptedModel([Calls([{"name": "GITHUB_NOTHING", "arguments": {}}]), Say("Sorry.")]) as model:
        assert way(make_toolset, model, ACTION) == "Sorry."
    assert answered(model)["is_error"] is True


@WAYS
def test_several_calls_of_one_turn_are_all_answered(
    make_toolset: Callable[..., ComposioToolSet], github: FakeUpstream, way: Way
) -> None:
    calls = Calls([{"name": ACTION, "arguments": {}}] * 3)
    with ScriptedModel([calls, Say(lambda results: f"{len(results)} results")]) as model:
        assert way(make_toolset, model, ACTION) == "3 results"


def test_a_tool_reaches_the_wire_as_messages_have_it(
    make_toolset: Callable[..., ComposioToolSet], model: ScriptedModel, github: FakeUpstream
) -> None:
    run(make_toolset, model, ACTION)
    (plain,) = make_toolset().get_tools(actions=[ACTION])
    (sent,) = model.requests[0].body["tools"]
    assert sent == plain
