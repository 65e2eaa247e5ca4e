"""What is LiveKit's own beside the contract: its mark for failed outputs, a tool's call id, sessions without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession
from livekit.agents.llm import ChatContext, FunctionCallOutput
from livekit.plugins import openai

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_livekit import ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
ASK = "Get my GitHub username."


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say("All done.")]) as model:
        yield model
    assert not model.problems


async def history_of(toolset: ComposioToolSet, model: ScriptedModel) -> list[Any]:
    llm = openai.LLM(model="m", base_url=model.openai_url, api_key="none")
    tools = await toolset.aget_tools(actions=[ACTION])
    try:
        async with AgentSession(llm=llm) as session:
            await session.start(Agent(instructions="You help.", tools=tools))
            await session.run(user_input=ASK)
            return list(session.current_agent.chat_ctx.items)
    finally:
        await llm._client.close()


@pytest.mark.parametrize("failed", [False, True])
def test_the_history_has_the_result_and_marks_a_failure(
    toolset: ComposioToolSet, github: FakeUpstream, model: ScriptedModel, failed: bool
) -> None:
    if failed:
        github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    items = asyncio.run(history_of(toolset, model))
    (output,) = [item for item in items if isinstance(item, FunctionCallOutput)]
    assert output.is_error is failed
    assert json.loads(output.output)["successful"] is not failed
    assert model.results_seen() == [output.output]


def test_a_language_model_alone_asks_for_the_tool(toolset: ComposioToolSet, model: ScriptedModel) -> None:
    tools: Any = toolset.get_tools(actions=[ACTION])

    async def ask() -> list[Any]:
        llm = openai.LLM(model="m", base_url=model.openai_url, api_key="none")
        try:
            history = ChatContext.empty()
            history.add_message(role="user", content=ASK)
            async with llm.chat(chat_ctx=history, tools=tools) as stream:
                return [call async for chunk in stream if chunk.delta for call in chunk.delta.tool_calls]
        finally:
            await llm._client.close()

    (call,) = asyncio.run(ask())
    assert (call.name, call.arguments) == (ACTION, "{}")
    assert json.loads(asyncio.run(tools[0](raw_arguments=json.loads(call.arguments))))["data"]["login"] == "octocat"
