"""What is Haystack's own beside the contract: pipelines and their state, its mark for failures, runs that are to end there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest
from haystack import Pipeline
from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.core.errors import PipelineRuntimeError
from haystack.dataclasses import ChatMessage
from haystack.tools import Toolset
from haystack.tools.errors import ToolInvocationError

from composio.testing import FakeUpstream, ScriptedModel
from composio_haystack import ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
# What the model says at the end: the last result.
ANSWER: Callable[[list[str]], str] = itemgetter(-1)
WAYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "sync": lambda runner: dict(runner.run(ASK)),
    "async": lambda runner: dict(asyncio.run(runner.arun(ASK))),
}
ways = pytest.mark.parametrize("way", WAYS)


@ways
def test_a_failure_is_marked_as_one(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    messages = WAYS[way](make_runner(model, toolset.get_tools(actions=[ACTION])))["messages"]
    assert json.loads(messages[-1].text)["successful"] is False
    assert [message.tool_call_result.error for message in messages if message.tool_call_result] == [True]


@ways
def test_who_wants_failures_raised_gets_the_result_in_the_error(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    runner = make_runner(model, toolset.get_tools(actions=[ACTION]), raise_on_tool_invocation_failure=True)
    with pytest.raises((ToolInvocationError, PipelineRuntimeError), match="Unicorn!"):
        WAYS[way](runner)


def test_a_pipeline_takes_what_a_result_holds_into_its_agents_state(
    toolset: ComposioToolSet, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    (tool,) = toolset.get_tools(actions=[ACTION])
    tool.outputs_to_state = {"user": {"source": "data"}}
    generator = OpenAIChatGenerator(model="m", api_base_url=model.openai_url, max_retries=0)
    pipeline = Pipeline()
    pipeline.add_component("agent", Agent(chat_generator=generator, tools=[tool], state_schema={"user": {"type": dict}}))
    found = pipeline.run({"agent": {"messages": [ChatMessage.from_user(ASK)]}})["agent"]
    if generator.client:
        generator.client.close()
    assert found["user"]["login"] == "octocat"
    assert json.loads(found["messages"][-1].text)["data"] == found["user"]
    assert ACTION in pipeline.dumps()


def test_a_state_fills_nothing_in_that_the_user_did_not_map(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any
) -> None:
    runner = make_runner(model, toolset.get_tools(actions=[ACTION]), state_schema={"arguments": {"type": str}})
    assert json.loads(runner.run(ASK, arguments="of the state")["messages"][-1].text)["successful"]


@ways
def test_haystacks_own_toolset_holds_them(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, way: str
) -> None:
    WAYS[way](make_runner(model, [Toolset(toolset.get_tools(actions=[ACTION]))]))
    assert len(github.requests) == 1
