"""DSPy's own agent loops, with a language model of its own kind that speaks to the scripted one."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import dspy
import httpx
import pytest

from composio.testing import ScriptedModel

SIGNATURE = "question -> answer"
TOLD = re.compile(r"\(\d+\) (?P<name>\w+), whose description is <desc>(?P<description>.*?)</desc>\. +It takes arguments ")
OURS = "of this JSON Schema: "


class Scripted(dspy.BaseLM):  # type: ignore[misc]  # DSPy has no type information
    """OpenAI's chat format as OpenAI means it: calls are calls, and their results are no words of the user's."""

    def __init__(self, model: ScriptedModel) -> None:
        super().__init__("m", cache=False)
        self._url = f"{model.openai_url}/chat/completions"

    def __call__(self, prompt: Any = None, messages: Any = None, **options: Any) -> list[Any]:
        with httpx.Client(trust_env=False) as client:
            return self._said(self._read(client.post(self._url, json=body)) if (body := self._ask(messages, options)) else None)

    async def acall(self, prompt: Any = None, messages: Any = None, **options: Any) -> list[Any]:
        async with httpx.AsyncClient(trust_env=False) as client:
            body = self._ask(messages, options)
            return self._said(self._read(await client.post(self._url, json=body)) if body else None)

    def _ask(self, messages: list[dict[str, Any]], options: dict[str, Any]) -> dict[str, Any] | None:
        """What to send; None where nothing is to be asked."""
        raise NotImplementedError

    def _said(self, message: dict[str, Any] | None) -> list[Any]:
        """The answer as DSPy wants it."""
        raise NotImplementedError

    def _read(self, reply: httpx.Response) -> dict[str, Any]:
        reply.raise_for_status()
        message: dict[str, Any] = reply.json()["choices"][0]["message"]
        return message


class InPrompts(Scripted):
    """For ``ReAct``, which writes tools and results into its prompts, and makes one call a turn.

    Calls of one message are made turn by turn, and answered together when the last one is. What the model says is the answer,
    for which ``ReAct`` asks once more when it is done.
    """

    def __init__(self, model: ScriptedModel) -> None:
        super().__init__(model)
        self._transcript: list[dict[str, Any]] = [{"role": "user", "content": "Please do it."}]
        self._asked: list[dict[str, Any]] = []
        self._made = 0
        self._answers: list[str] = []
        self._last, self._final = "", ""

    def _ask(self, messages: list[dict[str, Any]], options: dict[str, Any]) -> dict[str, Any] | None:
        self._extracts = "next_tool_name" not in messages[0]["content"]
        self._repeats = not self._extracts and len(self._answers) < self._made and not self._observe(messages[-1]["content"])
        if self._extracts or self._repeats or self._made < len(self._asked):
            return None
        if self._asked:
            results = zip(self._asked, self._answers, strict=True)
            self._transcript += [{"role": "tool", "tool_call_id": call["id"], "content": text} for call, text in results]
        return {"model": "m", "messages": self._transcript, "tools": told(messages[0]["content"])}

    def _observe(self, content: str) -> bool:
        found = re.findall(r"\[\[ ## observation_\d+ ## \]\]\n(.*?)(?=\n\n\[\[ ## |\n\nRespond with)", content, re.DOTALL)
        if found:
            self._answers.append(found[-1])
        return bool(found)

    def _said(self, message: dict[str, Any] | None) -> list[Any]:
        if self._extracts:
            return [fields(reasoning="Done.", answer=self._final)]
        if self._repeats:
            return [self._last]
        if message is not None:
            self._transcript.append(message)
            self._asked, self._made, self._answers = message.get("tool_calls") or [], 0, []
        if self._made < len(self._asked):
            function = self._asked[self._made]["function"]
            self._made += 1
            name, arguments = function["name"], function["arguments"]
        else:
            self._final, name, arguments = (message or {}).get("content") or "", "finish", "{}"
        self._last = fields(next_thought="Next.", next_tool_name=name, next_tool_args=arguments)
        return [self._last]


class Native(Scripted):
    """For ``ReActV2`` with native function calling, which ends with a call of ``submit`` instead of words."""

    supports_function_calling = True

    def _ask(self, messages: list[dict[str, Any]], options: dict[str, Any]) -> dict[str, Any]:
        if messages[-2]["role"] == "tool":
            messages = messages[:-1]  # a reminder of the format, as the user's words
        tools = [tool for tool in options["tools"] if tool["function"]["name"] != "submit"]
        # A choice is `submit`, when DSPy wants no further call.
        return {"model": "m", "messages": messages, "tools": [] if "tool_choice" in options else tools}

    def _said(self, message: dict[str, Any] | None) -> list[Any]:
        assert message is not None
        arguments = json.dumps({"answer": message["content"]})
        submit = {"id": "call_last", "type": "function", "function": {"name": "submit", "arguments": arguments}}
        return [{"text": None, "tool_calls": message.get("tool_calls") or [submit]}]


def told(prompt: str) -> list[dict[str, Any]]:
    """The tools that ``ReAct``'s prompt tells of, but for its own `finish`; of DSPy's own kind of tool, no schema."""
    functions = []
    for tool in TOLD.finditer(prompt):
        ours = prompt.startswith(OURS, tool.end())
        schema = json.JSONDecoder().raw_decode(prompt, tool.end() + len(OURS))[0] if ours else {"type": "object"}
        functions.append({**tool.groupdict(), "parameters": schema})
    return [{"type": "function", "function": function} for function in functions if function["name"] != "finish"]


def fields(**values: str) -> str:
    """What DSPy's default adapter reads."""
    parts = [*(f"[[ ## {name} ## ]]\n{value}" for name, value in values.items()), "[[ ## completed ## ]]"]
    return "\n\n".join(parts)


class ReAct:
    """``dspy.ReAct`` with these tools."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Any]) -> None:
        self._program = self._make(list(tools))
        self._settings = self._set(model)

    def _make(self, tools: list[Any]) -> Any:
        return dspy.ReAct(SIGNATURE, tools=tools)

    def _set(self, model: ScriptedModel) -> dict[str, Any]:
        return {"lm": InPrompts(model)}

    def run(self, prompt: str) -> str:
        with dspy.context(**self._settings):
            return str(self._program(question=prompt).answer)

    async def arun(self, prompt: str) -> str:
        with dspy.context(**self._settings):
            return str((await self._program.acall(question=prompt)).answer)

    async def stream(self, prompt: str) -> str:
        with dspy.context(**self._settings):
            events = [event async for event in dspy.streamify(self._program)(question=prompt)]
        return str(events[-1].answer)


class ReActV2(ReAct):
    """``dspy.ReActV2`` with native function calling."""

    def _make(self, tools: list[Any]) -> Any:
        return dspy.ReActV2(SIGNATURE, tools=tools)

    def _set(self, model: ScriptedModel) -> dict[str, Any]:
        return {"lm": Native(model), "adapter": dspy.ChatAdapter(use_native_function_calling=True)}


@pytest.fixture
def make_model() -> type[InPrompts]:
    return InPrompts


@pytest.fixture
def answer_fields() -> Any:
    return fields


@pytest.fixture
def make_agent() -> dict[str, type[ReAct]]:
    return {"ReAct": ReAct, "ReActV2": ReActV2}
