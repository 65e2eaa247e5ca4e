"""The main job through real graphs: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, ToolMessage

from composio.testing import ScriptedModel
from composio_langgraph import ComposioToolSet

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
def test_a_graph_says_the_username_or_why_it_can_t(
    asks_for_user: Any, model: ScriptedModel, make_runner: Any, way: str
) -> None:
    messages, down = asks_for_user(lambda tools: WAYS[way](make_runner(model, tools)), lambda messages: messages[-1].content)
    assert shown(messages).status == ("error" if down else "success")


def test_what_a_graph_streams_holds_the_tools_answer(toolset: ComposioToolSet, model: ScriptedModel, make_runner: Any) -> None:
    messages = list(make_runner(model, toolset.get_tools(actions=[ACTION])).stream(ASK))
    assert json.loads(str(shown(messages).content))["data"]["login"] == "octocat"
    after = messages[messages.index(shown(messages)) + 1 :]
    assert "".join(str(m.content) for m in after) == "You are octocat."
