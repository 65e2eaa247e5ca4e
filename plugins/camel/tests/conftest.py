"""CAMEL's own loop over OpenAI's wire format, with tokens counted offline."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from camel.agents import ChatAgent
from camel.models import ModelFactory
from camel.responses import ChatAgentResponse
from camel.toolkits import FunctionTool
from camel.types import ModelPlatformType
from camel.utils import BaseTokenCounter
from openai import AsyncOpenAI, OpenAI

from composio import testing
from composio.model.call import ToolResult
from composio.testing import ScriptedModel, tool_spec
from composio_camel._adapter import Adapter


class Characters(BaseTokenCounter):
    """A token for each character; CAMEL's own counter downloads its vocabulary."""

    def count_tokens_from_messages(self, messages: Sequence[Any]) -> int:
        return sum(len(str(message)) for message in messages)

    def encode(self, text: str) -> list[int]:
        return list(map(ord, text))

    def decode(self, token_ids: list[int]) -> str:
        return "".join(map(chr, token_ids))


class Runner:
    """Runs a ``ChatAgent`` with these tools; closes the clients' connections after each run, in the loop that opened them."""

    def __init__(self, model: ScriptedModel, tools: Sequence[FunctionTool]) -> None:
        self._model, self._tools = model, tools

    def run(self, prompt: str, **options: Any) -> str:
        with self.agent() as agent:
            return text_of(agent.step(prompt, **options))

    async def arun(self, prompt: str, **options: Any) -> str:
        async with self.async_agent() as agent:
            return text_of(await agent.astep(prompt, **options))

    def stream(self, prompt: str) -> str:
        with self.agent(stream=True) as agent:
            return "".join(text_of(part) for part in agent.step(prompt))

    async def astream(self, prompt: str) -> str:
        async with self.async_agent(stream=True) as agent:
            parts: Any = await agent.astep(prompt)
            return "".join([text_of(part) async for part in parts])

    @contextmanager
    def agent(self, **config: Any) -> Iterator[ChatAgent]:
        with OpenAI(**self._options()) as client:
            # A client that is left to CAMEL is never closed.
            yield self._made(config, client=client, async_client=AsyncOpenAI(**self._options()))

    @asynccontextmanager
    async def async_agent(self, **config: Any) -> AsyncIterator[ChatAgent]:
        async with AsyncOpenAI(**self._options()) as client:
            yield self._made(config, client=OpenAI(**self._options()), async_client=client)

    def _options(self) -> dict[str, Any]:
        return {"base_url": self._model.openai_url, "api_key": "none", "max_retries": 0}

    def _made(self, config: dict[str, Any], **clients: Any) -> ChatAgent:
        backend = ModelFactory.create(
            model_platform=ModelPlatformType.OPENAI_COMPATIBLE_MODEL,
            model_type="m",
            model_config_dict=config,
            api_key="none",
            url=self._model.openai_url,
            token_counter=Characters(),
            **clients,
        )
        return ChatAgent("You use tools.", model=backend, tools=list(self._tools), stream_accumulate=False)


def text_of(response: ChatAgentResponse) -> str:
    """What the model said; of a streamed response, what this part adds."""
    return str(response.msgs[0].content)


@pytest.fixture
def make_runner() -> type[Runner]:
    return Runner


class Recorder(testing.Recorder):
    """Takes a moment for each call, and counts how many run at the same time."""

    def __init__(self, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(result)
        self.running = self.most = 0
        self._counting = threading.Lock()

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        with self._counted():
            time.sleep(0.1)
            return super().__call__(arguments, call_id=call_id, run=run)

    async def acall(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        with self._counted():
            await asyncio.sleep(0.1)
            return await super().acall(arguments, call_id=call_id, run=run)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._counting:
            self.running += 1
            self.most = max(self.most, self.running)
        yield
        with self._counting:
            self.running -= 1


def make(schema: Mapping[str, Any] | None = None, recorder: Recorder | None = None) -> tuple[FunctionTool, Recorder]:
    """A tool of the adapter's, and what stands behind it."""
    recorder = recorder or Recorder()
    return Adapter().wrap(tool_spec(schema), recorder), recorder


@pytest.fixture
def make_tool() -> Any:
    return make


@pytest.fixture
def recorder_of() -> type[Recorder]:
    return Recorder


@pytest.fixture
def offline_vocabulary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a script's interpreter finds in place of the vocabulary that tiktoken downloads: a token for each byte."""
    code = "import tiktoken.load\ntiktoken.load.load_tiktoken_bpe = lambda *_, **__: {bytes([n]): n for n in range(256)}\n"
    (tmp_path / "sitecustomize.py").write_text(code, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
