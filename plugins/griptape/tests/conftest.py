"""Griptape's own agent over OpenAI's wire format, synchronous as all of Griptape is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from griptape.drivers.prompt.openai import OpenAiChatPromptDriver
from griptape.structures import Agent
from griptape.tools import BaseTool
from griptape.utils import Stream
from openai import OpenAI

from composio.testing import ScriptedModel


class Runner:
    """Runs an ``Agent`` with these tools; closes its client's connections after each run."""

    def __init__(self, model: ScriptedModel, tools: Sequence[BaseTool]) -> None:
        self._model, self._tools = model, tools

    def run(self, prompt: str) -> str:
        with self.agent() as agent:
            return str(agent.run(prompt).output.value)

    def stream(self, prompt: str) -> str:
        with self.agent(stream=True) as agent:
            return "".join(part.value for part in Stream(agent).run(prompt))

    @contextmanager
    def agent(self, **options: Any) -> Iterator[Agent]:
        with OpenAI(base_url=self._model.openai_url, api_key="none", max_retries=0) as client:
            # A retry would wait, and find the same script.
            driver = OpenAiChatPromptDriver(model="gpt-4o", client=client, max_attempts=1, **options)
            yield Agent(prompt_driver=driver, tools=list(self._tools))


@pytest.fixture
def make_runner() -> type[Runner]:
    return Runner
