"""Haystack's own agent and OpenAI generator, over OpenAI's wire format."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools.tool import Tool
from haystack.utils import Secret

from composio.testing import ScriptedModel


class Runner:
    """Runs an agent; each run has a generator of its own, whose clients are closed afterwards."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Tool], **options: Any) -> None:
        self._model, self._options = model, {"tools": list(tools), **options}

    def run(self, prompt: str, **state: Any) -> dict[str, Any]:
        agent, generator = self._agent()
        try:
            return dict(agent.run(messages=[ChatMessage.from_user(prompt)], **state))
        finally:
            asyncio.run(_closed(generator))

    async def arun(self, prompt: str) -> dict[str, Any]:
        agent, generator = self._agent()
        try:
            return dict(await agent.run_async(messages=[ChatMessage.from_user(prompt)]))
        finally:
            await _closed(generator)

    def _agent(self) -> tuple[Agent, OpenAIChatGenerator]:
        url, nobodys = self._model.openai_url, Secret.from_token("none")
        generator = OpenAIChatGenerator(api_key=nobodys, model="m", api_base_url=url, max_retries=0)
        agent = Agent(chat_generator=generator, **self._options)
        agent.warm_up()
        return agent, generator


async def _closed(generator: OpenAIChatGenerator) -> None:
    # Before 3.0 both are made at once, since then each when it is needed.
    if generator.client:
        generator.client.close()
    if generator.async_client:
        await generator.async_client.close()


@pytest.fixture
def make_runner() -> type[Runner]:
    return Runner
