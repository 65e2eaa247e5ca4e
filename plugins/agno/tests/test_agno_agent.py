"""What is agno's own beside the contract: streamed runs, teams, output schemas, hooks, its mark for failed calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest
from agno.team import Team
from pydantic import BaseModel

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_agno import App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
# What the model says at the end: the last result.
ANSWER: Callable[[list[str]], str] = itemgetter(-1)
WAYS: dict[str, Callable[[Any], Any]] = {
    "sync": lambda runner: runner.run(ASK),
    "async": lambda runner: asyncio.run(runner.arun(ASK)),
    "streamed": lambda runner: runner.stream(ASK),
    "streamed async": lambda runner: asyncio.run(runner.astream(ASK)),
}
ways = pytest.mark.parametrize("way", WAYS)


@ways
@pytest.mark.parametrize("kind", ["agent", "team"])
def test_agents_and_teams_carry_tools_out_whichever_way_they_run(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, way: str, kind: str
) -> None:
    options = {"kind": Team, "members": []} if kind == "team" else {}
    output = WAYS[way](make_runner(model, toolset.get_tools(actions=[ACTION]), **options))
    assert json.loads(output.content)["data"]["login"] == "octocat"
    assert [(tool.tool_name, tool.tool_call_error) for tool in output.tools] == [(ACTION, False)]
    assert len(github.requests) == 1


@ways
def test_a_failure_is_marked_as_one_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    output = WAYS[way](make_runner(model, toolset.get_tools(actions=[ACTION])))
    result = json.loads(output.content)
    assert result["successful"] is False
    assert "Unicorn!" in result["error"]
    assert [tool.tool_call_error for tool in output.tools] == [True]


class User(BaseModel):
    """An output schema, for which agno would make tools strict."""

    login: str


@pytest.mark.parametrize("way", ["sync", "async"])
def test_an_output_schema_leaves_the_tools_as_they_are(toolset: ComposioToolSet, make_runner: Any, way: str) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    answer = Say(lambda results: json.dumps({"login": json.loads(results[-1])["data"]["login"]}))
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), answer]) as model:
        output = WAYS[way](make_runner(model, tools, output_schema=User))
        seen = {tool["name"]: tool["parameters"] for tool in model.tools_seen()}
    assert output.content == User(login="octocat")
    assert seen == {tool.name: tool.functions[tool.name].parameters for tool in tools}


@pytest.mark.parametrize("way", ["sync", "async"])
def test_tool_hooks_surround_the_calls(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, way: str
) -> None:
    seen: list[str] = []

    def hook(function_name: str, function_call: Any, arguments: dict[str, Any]) -> Any:
        seen.append(function_name)
        return function_call(**arguments)

    async def ahook(function_name: str, function_call: Any, arguments: dict[str, Any]) -> Any:
        return await hook(function_name, function_call, arguments)

    hooks = [hook if way == "sync" else ahook]
    WAYS[way](make_runner(model, toolset.get_tools(actions=[ACTION]), tool_hooks=hooks))
    assert seen == [ACTION]
    assert len(github.requests) == 1
