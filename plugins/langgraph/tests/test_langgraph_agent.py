"""The main job through real graphs: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, ToolMessage

from composio.testing import FakeUpstream, ScriptedModel
from composio_langgraph import Action, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"

WAYS: dict[str, Callable[[Any], list[BaseMessage]]] = {
    "sync": lambda runner: list(runner.invoke(ASK)),
    "async": lambda runner: list(asyncio.run(runner.ainvoke(ASK))),
}


def shown(messages: list[BaseMessage]) -> ToolMessage:
    (message,) = (m for m in messages if isinstance(m, ToolMessage))
    return message


@pytest.mark.parametrize("way", WAYS)
def test_a_graph_gets_the_username(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, token: str, make_runner: Any, way: str
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    messages = WAYS[way](make_runner(model, tools))
    assert messages[-1].content == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)
    assert shown(messages).status == "success"


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_an_error_message_and_the_run_goes_on(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, way: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    messages = WAYS[way](make_runner(model, toolset.get_tools(actions=[ACTION])))
    assert shown(messages).status == "error"
    assert str(messages[-1].content).startswith("It failed")
    assert "Unicorn!" in str(messages[-1].content)


def test_what_a_graph_streams_holds_the_tools_answer(toolset: ComposioToolSet, model: ScriptedModel, make_runner: Any) -> None:
    messages = list(make_runner(model, toolset.get_tools(actions=[ACTION])).stream(ASK))
    assert json.loads(str(shown(messages).content))["data"]["login"] == "octocat"
    after = messages[messages.index(shown(messages)) + 1 :]
    assert "".join(str(m.content) for m in after) == "You are octocat."
