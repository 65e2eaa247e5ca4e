"""AG2's own loop: over OpenAI's wire format, and over its ``TestConfig`` for a single call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from ag2 import Agent, MemoryStream
from ag2.config import OpenAIConfig
from ag2.events import BaseEvent, ModelResponse, TextInput, ToolCallEvent, ToolErrorEvent, ToolResultEvent
from ag2.testing import TestConfig
from ag2.tools.final.function_tool import FunctionTool
from openai import DefaultAsyncHttpxClient

from composio.testing import ScriptedModel
from composio.testing.threads import in_another_loop


class Runner:
    """Runs an ``Agent`` with these tools; closes the client's connections after each run, in the loop that opened them."""

    def __init__(self, model: ScriptedModel, tools: Sequence[FunctionTool], *, streaming: bool = False, **run: Any) -> None:
        self._model, self._tools, self._streaming, self._run = model, tools, streaming, run

    def run(self, prompt: str) -> str:
        return asyncio.run(self.arun(prompt))

    async def arun(self, prompt: str) -> str:
        async with DefaultAsyncHttpxClient(trust_env=False) as client:
            config = OpenAIConfig(
                "m",
                api_key="none",
                base_url=self._model.openai_url,
                max_retries=0,
                http_client=client,
                streaming=self._streaming,
            )
            reply = await Agent("agent", config=config, tools=self._tools).ask(prompt, **self._run)
        return reply.body or ""


class Asks(TestConfig):
    """Its model asks for one call; unlike ``TestConfig``'s it takes a failed one as real models do, instead of raising it."""

    def create(self) -> Any:
        done = super().create()

        async def answer(messages: Sequence[BaseEvent], context: Any, **options: Any) -> ModelResponse:
            calm = [message for message in messages if not isinstance(message, ToolErrorEvent)]
            return await done(calm, context, **options)

        return answer


class OneCall:
    """An agent whose model asks for ``tool`` once and then is done."""

    def __init__(self, tool: FunctionTool, arguments: str) -> None:
        self._tool, self._arguments = tool, arguments

    def run(self) -> ToolResultEvent:
        """AG2 is asynchronous throughout: whoever can't wait has it run in another thread's loop."""
        return in_another_loop(self.arun)

    async def arun(self) -> ToolResultEvent:
        stream = MemoryStream()
        config = Asks(ToolCallEvent(self._tool.name, arguments=self._arguments), "All done.")
        await Agent("agent", config=config, tools=[self._tool]).ask("Please do it.", stream=stream)
        return next(event for event in await stream.history.get_events() if isinstance(event, ToolResultEvent))


def text_of(result: ToolResultEvent) -> str:
    """What the model is shown."""
    (part,) = result.result.parts
    assert isinstance(part, TextInput)
    return part.content


@pytest.fixture
def make_runner() -> type[Runner]:
    return Runner


@pytest.fixture
def one_call() -> type[OneCall]:
    return OneCall


@pytest.fixture
def text_shown() -> Any:
    return text_of
