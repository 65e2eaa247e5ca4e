"""Pydantic AI's own loop: over OpenAI's wire format, and over its ``FunctionModel`` for a single call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI
from pydantic_ai import Agent, AgentRunResult, DeferredToolRequests, DeferredToolResults, Tool, ToolApproved, ToolDenied
from pydantic_ai.messages import ModelRequest, ModelResponse, RetryPromptPart, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from composio.testing import ScriptedModel

Shown = ToolReturnPart | RetryPromptPart


@contextmanager
def own_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """``run_sync`` makes this thread's loop if there is none, and never closes it; here both is done for it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


class Runner:
    """Runs an ``Agent``; closes the client's connections after each run, in the loop that opened them."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Tool[Any]]) -> None:
        self._model, self._tools = model, tools

    def run_sync(self, prompt: str) -> AgentRunResult[str]:
        client = self._client()
        with own_loop() as loop:
            try:
                return self._agent(client).run_sync(prompt)
            finally:
                loop.run_until_complete(client.close())

    async def run(self, prompt: str) -> AgentRunResult[str]:
        async with self._client() as client:
            return await self._agent(client).run(prompt)

    async def stream(self, prompt: str) -> str:
        async with self._client() as client, self._agent(client).run_stream(prompt) as run:
            return str(await run.get_output())

    def _client(self) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=self._model.openai_url, api_key="none", max_retries=0)

    def _agent(self, client: AsyncOpenAI) -> Agent[None, str]:
        return Agent(OpenAIChatModel("m", provider=OpenAIProvider(openai_client=client)), tools=list(self._tools))


class OneCall:
    """An agent whose model asks for ``tool`` once, or ``times`` in a row, and then is done."""

    def __init__(self, tool: Tool[Any], arguments: Any, *, times: int = 1) -> None:
        def model(messages: list[Any], info: AgentInfo) -> ModelResponse:
            if sum(isinstance(message, ModelResponse) for message in messages) < times:
                return ModelResponse(parts=[ToolCallPart(tool.name, arguments)])
            return ModelResponse(parts=[TextPart("All done.")])

        self._agent: Agent[Any, str] = Agent(FunctionModel(model), tools=[tool])

    def run_sync(self) -> Shown:
        with own_loop():
            return shown(self._agent.run_sync("Please do it."))[0]

    async def pause(self, decide: Callable[[], Mapping[str, Any]]) -> Shown:
        """With an answer each time that the run waits for one."""
        result: Any = await self._agent.run("Please do it.", output_type=[str, DeferredToolRequests])
        while isinstance(requests := result.output, DeferredToolRequests):
            said, [call] = decide(), requests.approvals
            answers: dict[str, Any] = {
                "approve": ToolApproved(),
                "edit": ToolApproved(override_args=said.get("arguments")),
                "reject": ToolDenied(said.get("message", "")),
            }
            given = DeferredToolResults(approvals={call.tool_call_id: answers[said["type"]]}, metadata=requests.metadata)
            result = await self._agent.run(
                message_history=result.all_messages(), deferred_tool_results=given, output_type=[str, DeferredToolRequests]
            )
        return shown(result)[0]

    async def run(self, deps: Any = None) -> Shown:
        return shown(await self._agent.run("Please do it.", deps=deps))[0]


def shown(result: AgentRunResult[Any]) -> list[Shown]:
    """What the model was shown of its calls."""
    requests = [message for message in result.all_messages() if isinstance(message, ModelRequest)]
    return [part for message in requests for part in message.parts if isinstance(part, Shown)]


@pytest.fixture
def make_runner() -> type[Runner]:
    return Runner


@pytest.fixture
def one_call() -> type[OneCall]:
    return OneCall


@pytest.fixture
def shown_results() -> Any:
    return shown
