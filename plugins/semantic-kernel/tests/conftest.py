"""Semantic Kernel's own agent and OpenAI service, over OpenAI's wire format."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import pytest
from openai import AsyncOpenAI

from composio.testing import ScriptedModel

with warnings.catch_warnings():
    # Semantic Kernel makes models that newer versions of Pydantic warn of, while it is imported.
    warnings.simplefilter("ignore")
    from semantic_kernel.agents import ChatCompletionAgent
    from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
    from semantic_kernel.functions import KernelFunction, KernelPlugin


class Runner:
    """Runs an agent; each run has a client of its own, which is closed afterwards."""

    def __init__(self, model: ScriptedModel, tools: Sequence[KernelFunction], **options: Any) -> None:
        self._model, self._options = model, options
        self._plugin = KernelPlugin(name="composio", functions=list(tools))

    async def run(self, prompt: str) -> str:
        async with self._client() as client:
            return str(await self._agent(client).get_response(messages=prompt))

    async def stream(self, prompt: str) -> str:
        async with self._client() as client:
            return "".join([str(piece.message) async for piece in self._agent(client).invoke_stream(messages=prompt)])

    def _client(self) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=self._model.openai_url, api_key="none", max_retries=0)

    def _agent(self, client: AsyncOpenAI) -> ChatCompletionAgent:
        service = OpenAIChatCompletion(ai_model_id="m", async_client=client)
        return ChatCompletionAgent(service=service, name="agent", plugins=[self._plugin], **self._options)


@pytest.fixture
def make_runner() -> type[Runner]:
    return Runner
