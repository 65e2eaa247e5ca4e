"""The SDK's own runner on a scripted model, over Responses or Chat Completions."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import fields
from typing import Any

# The SDK reads it once, when it is imported; without it every run is reported to OpenAI.
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"

import pytest
from agents import Agent, FunctionTool, OpenAIChatCompletionsModel, OpenAIResponsesModel, RunConfig, Runner
from openai import AsyncOpenAI

from composio.testing import ScriptedModel

MODELS = {"responses": OpenAIResponsesModel, "chat": OpenAIChatCompletionsModel}
ANSWERS_UNKNOWN_TOOLS = any(field.name == "tool_not_found_behavior" for field in fields(RunConfig))


class Loop:
    """Runs an agent on a prompt; the final text."""

    def __init__(
        self,
        model: ScriptedModel,
        tools: Sequence[FunctionTool],
        api: str = "responses",
        config: RunConfig | None = None,
        context: Any = None,
    ) -> None:
        self._context = context
        self._client = AsyncOpenAI(base_url=model.openai_url, api_key="none", max_retries=0)
        self._agent = Agent(
            name="Assistant", tools=list(tools), model=MODELS[api](model="gpt-4o-mini", openai_client=self._client)
        )
        options: dict[str, Any] = {"tool_not_found_behavior": "return_error_to_model"} if ANSWERS_UNKNOWN_TOOLS else {}
        self._config = config or RunConfig(tracing_disabled=True, **options)

    def run(self, prompt: str) -> str:
        """Through ``run_sync``, which runs on the thread's own loop and leaves that open."""
        own = asyncio.new_event_loop()
        asyncio.set_event_loop(own)
        try:
            return str(Runner.run_sync(self._agent, prompt, run_config=self._config).final_output)
        finally:
            own.run_until_complete(self._client.close())
            asyncio.set_event_loop(None)
            own.close()

    async def arun(self, prompt: str) -> str:
        """Through ``run``."""
        return await self._closing(Runner.run(self._agent, prompt, run_config=self._config, context=self._context))

    async def apause(self, prompt: str, decide: Callable[[], Mapping[str, Any]]) -> None:
        """Through ``run``, with an answer each time that the run waits for one."""

        async def finish() -> Any:
            result: Any = await Runner.run(self._agent, prompt, run_config=self._config, context=self._context)
            while result.interruptions:
                state, answer = result.to_state(), decide()
                for item in result.interruptions:
                    if answer["type"] == "approve":
                        state.approve(item)
                    else:
                        state.reject(item, rejection_message=answer["message"])
                result = await Runner.run(self._agent, state, run_config=self._config)
            return result

        await self._closing(finish())

    async def stream(self, prompt: str) -> str:
        """Through ``run_streamed``, read to its end."""

        async def read() -> Any:
            streamed = Runner.run_streamed(self._agent, prompt, run_config=self._config)
            kinds = [event.type async for event in streamed.stream_events()]
            assert "raw_response_event" in kinds
            return streamed

        return await self._closing(read())

    async def _closing(self, running: Coroutine[Any, Any, Any]) -> str:
        try:
            return str((await running).final_output)
        finally:
            await self._client.close()


@pytest.fixture
def make_loop() -> type[Loop]:
    return Loop
