"""What is Strands' own beside the contract: another provider's format, direct calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest

from composio.testing import FakeUpstream, ScriptedModel
from composio_strands import App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
# What the model says at the end: the last result.
ANSWER: Callable[[list[str]], str] = itemgetter(-1)
APIS = pytest.mark.parametrize("api", ["openai", "anthropic"])


def test_a_run_over_anthropics_format_streams_as_well(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_loop: Any
) -> None:
    said = asyncio.run(make_loop(model, toolset.get_tools(actions=[ACTION]), "anthropic").stream(ASK))
    assert json.loads(said)["data"]["login"] == "octocat"
    assert len(github.requests) == 1


def test_anthropics_mark_for_failures_is_set(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_loop: Any
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    said = json.loads(make_loop(model, toolset.get_tools(actions=[ACTION]), "anthropic").run(ASK))
    assert (said["successful"], "Unicorn!" in said["error"]) == (False, True)
    (shown,) = model.requests[-1].body["messages"][-1]["content"]
    assert (shown["type"], shown["is_error"]) == ("tool_result", True)


def test_an_agents_tool_is_called_without_a_model(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_loop: Any
) -> None:
    agent = make_loop(model, toolset.get_tools(actions=[ACTION])).agent
    result = getattr(agent.tool, ACTION)()
    assert json.loads(result["content"][0]["text"])["data"]["login"] == "octocat"
    assert (len(github.requests), model.requests) == (1, [])


@APIS
def test_every_important_action_of_github_is_one_that_the_provider_takes(
    toolset: ComposioToolSet, model: ScriptedModel, make_loop: Any, api: str
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    make_loop(model, tools, api).run(ASK)
    assert {tool["name"] for tool in model.tools_seen()} == {tool.tool_name for tool in tools}
