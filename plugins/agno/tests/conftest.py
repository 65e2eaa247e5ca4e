"""agno's own agents and OpenAI client, over OpenAI's wire format."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
from agno.agent import Agent
from agno.models.openai import OpenAIChat

from composio.testing import ScriptedModel


class Runner:
    """Runs an agent, or another ``kind``; each run has a client of its own, which is closed afterwards, as agno never does."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Any], *, kind: type[Any] = Agent, **options: Any) -> None:
        self._model, self._kind, self._options = model, kind, {"tools": list(tools), **options}

    @contextmanager
    def agent(self) -> Iterator[Any]:
        """An agent for synchronous runs."""
        with httpx.Client() as client:
            yield self._kind(model=self._chat(client), **self._options)

    @asynccontextmanager
    async def aagent(self) -> AsyncIterator[Any]:
        """An agent for asynchronous runs."""
        async with httpx.AsyncClient() as client:
            yield self._kind(model=self._chat(client), **self._options)

    def run(self, prompt: str) -> Any:
        with self.agent() as agent:
            return agent.run(prompt)

    async def arun(self, prompt: str) -> Any:
        async with self.aagent() as agent:
            return await agent.arun(prompt)

    def stream(self, prompt: str) -> Any:
        with self.agent() as agent:
            *_, last = agent.run(prompt, stream=True, yield_run_output=True)
        return last

    async def astream(self, prompt: str) -> Any:
        async with self.aagent() as agent:
            *_, last = [event async for event in agent.arun(prompt, stream=True, yield_run_output=True)]
        return last

    def _chat(self, client: httpx.Client | httpx.AsyncClient) -> OpenAIChat:
        return OpenAIChat(id="m", base_url=self._model.openai_url, api_key="none", max_retries=0, http_client=client)


@pytest.fixture
def make_runner() -> type[Runner]:
    return Runner
