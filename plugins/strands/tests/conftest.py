"""Strands' own agent on a scripted model, over OpenAI's or Anthropic's wire format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest
from strands import Agent
from strands.models.anthropic import AnthropicModel
from strands.models.openai import OpenAIModel
from strands.types.tools import AgentTool

from composio.testing import ScriptedModel


class Loop:
    """Runs an agent with these tools on a prompt; the final text."""

    def __init__(self, model: ScriptedModel, tools: Sequence[AgentTool], api: str = "openai", state: Any = None) -> None:
        self._state = state
        arguments: dict[str, Any] = {"api_key": "none", "max_retries": 0}
        if api == "openai":
            chat: Any = OpenAIModel(client_args={**arguments, "base_url": model.openai_url}, model_id="gpt-4o-mini")
        else:
            # Strands never closes this client: no connection may outlive its response.
            arguments["http_client"] = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0))
            chat = AnthropicModel(client_args={**arguments, "base_url": model.url}, model_id="claude", max_tokens=1000)
        self.agent = Agent(model=chat, tools=list(tools), callback_handler=None)

    def run(self, prompt: str) -> str:
        """By a call of the agent, which keeps a loop of its own in another thread."""
        return str(self.agent(prompt)).strip()

    async def arun(self, prompt: str) -> str:
        """Through ``invoke_async``."""
        return str(await self.agent.invoke_async(prompt, invocation_state=self._state)).strip()

    async def apause(self, prompt: str, decide: Callable[[], Mapping[str, Any]]) -> None:
        """Through ``invoke_async``, with an answer each time that the agent waits for one."""
        result = await self.agent.invoke_async(prompt)
        while result.stop_reason == "interrupt":
            responses = [{"interruptId": one.id, "response": dict(decide())} for one in result.interrupts or ()]
            answers: Any = [{"interruptResponse": one} for one in responses]
            result = await self.agent.invoke_async(answers)

    async def stream(self, prompt: str) -> str:
        """Through ``stream_async``: the pieces of the text."""
        return "".join([event["data"] async for event in self.agent.stream_async(prompt) if "data" in event])


@pytest.fixture
def make_loop() -> type[Loop]:
    return Loop
