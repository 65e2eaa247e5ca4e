"""PraisonAI's own agent, with its own client of OpenAI's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from praisonaiagents import Agent
from praisonaiagents.llm.openai_client import OpenAIClient

from composio.testing import ScriptedModel


class Helper:
    """An agent with these tools; a new one for each run, with a client of its own: PraisonAI shares one in a process."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Any]) -> None:
        self._url, self._tools = model.openai_url, tools

    def run(self, prompt: str) -> str:
        agent, client = self._make()
        try:
            return str(agent.chat(prompt, stream=False))
        finally:
            client.sync_client.close()

    async def arun(self, prompt: str) -> str:
        agent, client = self._make()
        try:
            return str(await agent.achat(prompt))
        finally:
            await client.async_client.close()

    def stream(self, prompt: str) -> str:
        agent, client = self._make()
        try:
            return "".join(agent.start(prompt, stream=True))
        finally:
            client.sync_client.close()

    def _make(self) -> tuple[Any, OpenAIClient]:
        agent: Any = Agent(name="helper", instructions="You help.", model="gpt-4o-mini", tools=list(self._tools))
        client = OpenAIClient(api_key="none", base_url=self._url)
        agent._Agent__openai_client = client
        return agent, client


@pytest.fixture(autouse=True)
def _leftovers(quiet_leftovers: None) -> None:
    """A synchronous run has a loop of PraisonAI's own, whose connections nobody closes."""


@pytest.fixture
def make_agent() -> type[Helper]:
    return Helper
