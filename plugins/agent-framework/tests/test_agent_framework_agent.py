"""What is Agent Framework's own beside the contract: approval and middleware."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from operator import itemgetter
from typing import Any

from agent_framework import FunctionInvocationContext, Message, function_middleware

from composio.testing import FakeUpstream, ScriptedModel
from composio_agent_framework import ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
# What the model says at the end: the last result.
ANSWER: Callable[[list[str]], str] = itemgetter(-1)


def test_middleware_sees_the_call_and_its_result(toolset: ComposioToolSet, model: ScriptedModel, make_loop: Any) -> None:
    seen: list[Any] = []

    @function_middleware
    async def watch(context: FunctionInvocationContext, go_on: Callable[[], Awaitable[None]]) -> None:
        await go_on()
        seen.append((context.function.name, dict(context.arguments), json.loads(context.result[0].text)["successful"]))

    make_loop(model, toolset.get_tools(actions=[ACTION]), middleware=[watch]).run(ASK)
    assert seen == [(ACTION, {}, True)]


def test_a_call_can_wait_for_approval(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_loop: Any
) -> None:
    (tool,) = toolset.get_tools(actions=[ACTION])
    tool.approval_mode = "always_require"

    async def ask_and_approve() -> str:
        async with make_loop(model, [tool]).agent() as agent:
            session = agent.create_session()
            asked = await agent.run(ASK, session=session)
            assert github.requests == []
            (request,) = asked.user_input_requests
            approved = Message("user", [request.to_function_approval_response(approved=True)])
            return str((await agent.run(approved, session=session)).text)

    assert json.loads(asyncio.run(ask_and_approve()))["data"]["login"] == "octocat"
    assert len(github.requests) == 1
