"""What is Claude Code's own beside the contract: sessions, permissions, the mark for failures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from claude_agent_sdk import ClaudeSDKClient, ResultMessage

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_claude_agent_sdk import ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
# What the model says at the end: the last result.
ANSWER: Callable[[list[str]], str] = itemgetter(-1)


def test_a_session_keeps_its_tools(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_loop: Any
) -> None:
    async def ask_twice() -> list[str]:
        said = []
        async with ClaudeSDKClient(make_loop(model, toolset.get_tools(actions=[ACTION])).options) as client:
            for _ in range(2):
                await client.query(ASK)
                said += [str(m.result) async for m in client.receive_response() if isinstance(m, ResultMessage)]
        return said

    assert [json.loads(text)["data"]["login"] for text in asyncio.run(ask_twice())] == ["octocat"] * 2
    assert len(github.requests) == 2


def test_a_failure_is_marked_as_one(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_loop: Any
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    said = json.loads(make_loop(model, toolset.get_tools(actions=[ACTION])).run(ASK))
    assert (said["successful"], "Unicorn!" in said["error"]) == (False, True)
    (shown,) = [b for b in model.requests[-1].body["messages"][-1]["content"] if b["type"] == "tool_result"]
    assert shown["is_error"] is True


def test_a_tool_that_is_not_allowed_is_not_carried_out(toolset: ComposioToolSet, github: FakeUpstream, make_loop: Any) -> None:
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say("I may not.")]) as model:
        loop = make_loop(model, toolset.get_tools(actions=[ACTION]))
        loop.options.allowed_tools = []
        assert loop.run(ASK) == "I may not."
        assert "permissions" in model.results_seen()[0]
    assert github.requests == []
