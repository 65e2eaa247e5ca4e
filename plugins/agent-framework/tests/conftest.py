"""Agent Framework's own agent and clients on a scripted model, over Responses or Chat Completions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from agent_framework import Agent, FunctionTool
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient
from openai import AsyncOpenAI

from composio.testing import ScriptedModel

CLIENTS = {"responses": OpenAIChatClient, "chat": OpenAIChatCompletionClient}


class Loop:
    """Runs an agent with these tools on a prompt; the final text."""

    def __init__(
        self, model: ScriptedModel, tools: Sequence[FunctionTool], api: str = "chat", given: Any = None, **options: Any
    ) -> None:
        self._url, self._tools, self._api, self._options = model.openai_url, list(tools), api, options
        self._given = given

    def run(self, prompt: str) -> str:
        """As a script does it: Agent Framework is asynchronous throughout."""
        return asyncio.run(self.arun(prompt))

    async def arun(self, prompt: str) -> str:
        """The answer as one."""
        async with self.agent() as agent:
            return str((await agent.run(prompt, function_invocation_kwargs=self._given)).text)

    async def stream(self, prompt: str) -> str:
        """Piece by piece; the text of all of them."""
        async with self.agent() as agent:
            stream = agent.run(prompt, stream=True)
            assert any([update.text async for update in stream])
            return str((await stream.get_final_response()).text)

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[Agent[Any]]:
        """The agent, as long as its client is open."""
        async with AsyncOpenAI(base_url=self._url, api_key="none", max_retries=0) as client:
            chat: Any = CLIENTS[self._api](model="gpt-4o-mini", async_client=client, **self._options)
            yield Agent(client=chat, instructions="Be brief.", tools=self._tools)


@pytest.fixture
def make_loop() -> type[Loop]:
    return Loop
