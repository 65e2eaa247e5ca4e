"""smolagents' own agent loop, with a model of its own kind that speaks to the scripted one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
import pytest
from smolagents import ChatMessage, Model, Tool, ToolCallingAgent
from smolagents.models import ChatMessageToolCall, ChatMessageToolCallFunction, MessageRole, TokenUsage, get_tool_json_schema

from composio.testing import ScriptedModel

FINAL = "final_answer"
OBSERVATION = "Observation:\n"


class Scripted(Model):  # type: ignore[misc]  # smolagents has no type information
    """OpenAI's chat format as OpenAI means it.

    smolagents' own clients write calls and answers as plain text, an answer as the user's words; to the scripted model each of
    them would be a new question. What the agent shows is split here into one tool message for each call, and what the scripted
    model says becomes a call of ``final_answer``, by which a run ends.
    """

    def __init__(self, model: ScriptedModel) -> None:
        super().__init__(model_id="m")
        self._url = f"{model.openai_url}/chat/completions"
        self._transcript: list[dict[str, Any]] = [{"role": "user", "content": "Please do it."}]

    def generate(
        self, messages: list[Any], *_: Any, tools_to_call_from: Iterable[Tool] | None = None, **__: Any
    ) -> ChatMessage:
        self._answer(messages)
        tools = [get_tool_json_schema(tool) for tool in tools_to_call_from or () if tool.name != FINAL]
        reply = httpx.post(self._url, json={"model": "m", "messages": self._transcript, "tools": tools}, trust_env=False)
        reply.raise_for_status()
        said = reply.json()["choices"][0]["message"]
        self._transcript.append(said)
        asked = [(call["id"], call["function"]) for call in said.get("tool_calls") or ()]
        asked = asked or [("final", {"name": FINAL, "arguments": {"answer": said["content"]}})]
        calls = [
            ChatMessageToolCall(ChatMessageToolCallFunction(f["arguments"], f["name"]), key, "function") for key, f in asked
        ]
        return ChatMessage(MessageRole.ASSISTANT, "", calls, token_usage=TokenUsage(1, 1))

    def _answer(self, messages: list[Any]) -> None:
        calls = [call["id"] for call in self._transcript[-1].get("tool_calls") or ()]
        if not calls:
            return
        shown = messages[-1].content[0]["text"]
        texts = [shown] * len(calls)
        if shown.startswith(OBSERVATION):
            # One line for each call, in the order of their ids.
            lines = shown.removeprefix(OBSERVATION).splitlines() if len(calls) > 1 else [shown.removeprefix(OBSERVATION)]
            by_call = dict(zip(sorted(calls), lines, strict=True))
            texts = [by_call[call] for call in calls]
        answers = zip(calls, texts, strict=True)
        self._transcript += [{"role": "tool", "tool_call_id": call, "content": text} for call, text in answers]


class Agent:
    """A tool-calling agent with these tools."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Tool]) -> None:
        self.agent = ToolCallingAgent(tools=list(tools), model=Scripted(model), verbosity_level=0)

    def run(self, prompt: str) -> str:
        answer = self.agent.run(prompt)
        return answer if isinstance(answer, str) else json.dumps(answer)


@pytest.fixture
def make_agent() -> type[Agent]:
    return Agent


@pytest.fixture
def make_model() -> type[Scripted]:
    return Scripted
