"""LiveKit's own session in text mode, with its own client of OpenAI's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession
from livekit.agents.voice.io import TextOutput
from livekit.plugins import openai

from composio.testing import ScriptedModel
from composio.testing.threads import in_another_loop


class Written(TextOutput):
    """The text that a session writes, piece by piece, as a model streams it."""

    def __init__(self) -> None:
        try:
            super().__init__(label="written", next_in_chain=None)
        except TypeError:  # before 1.3
            super().__init__(next_in_chain=None)  # type: ignore[call-arg]
        self.pieces: list[str] = []

    async def capture_text(self, text: str) -> None:
        self.pieces.append(text)

    def flush(self) -> None:
        """Nothing waits."""


class Session:
    """An ``AgentSession`` with these tools; a new one for each run."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Any], **options: Any) -> None:
        self._model, self._tools, self._options = model, tools, options
        self.written = Written()

    def run(self, prompt: str) -> str:
        return in_another_loop(lambda: self.arun(prompt))

    async def arun(self, prompt: str) -> str:
        llm = openai.LLM(model="m", base_url=self._model.openai_url, api_key="none")
        try:
            async with AgentSession(llm=llm, max_tool_steps=10, **self._options) as session:
                session.output.transcription = self.written
                await session.start(Agent(instructions="You help.", tools=list(self._tools)))
                await session.run(user_input=prompt)
                return str(getattr(session.history.items[-1], "text_content", ""))
        finally:
            await llm._client.close()


@pytest.fixture
def make_session() -> type[Session]:
    return Session
