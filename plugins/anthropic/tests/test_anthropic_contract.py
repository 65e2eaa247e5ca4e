"""The contract suite through the real client, whole messages and streamed ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import anthropic
import pytest

from composio.testing import AdapterContract, Calls, MainJob, ScriptedModel
from composio_anthropic import ComposioToolSet
from composio_anthropic._codec import Codec

ROUNDS = 10
OPTIONS: dict[str, Any] = {"model": "m", "max_tokens": 1024}


class TestMessages(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    name_limit = 128
    limits: ClassVar[Mapping[str, str]] = {
        "agent_survives_malformed_arguments": "a message holds arguments as an object; only a stream can hold malformed ones"
    }

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [{"name": t["name"], "description": t["description"], "parameters": t["input_schema"]} for t in tools]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        message = asked(tools[0]["name"], arguments)
        return shown(toolset.tool_messages(message, toolset.handle_tool_calls(message, tools=tools)))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        message = asked(tools[0]["name"], arguments)
        return shown(toolset.tool_messages(message, await toolset.ahandle_tool_calls(message, tools=tools)))

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[Any] = [{"role": "user", "content": prompt}]
        with anthropic.Anthropic(base_url=model.url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                response = client.messages.create(messages=messages, tools=tools, **OPTIONS)
                messages.append({"role": "assistant", "content": response.content})
                answers = toolset.tool_messages(response, toolset.handle_tool_calls(response, tools=tools))
                if not answers:
                    break
                messages += answers
        return str(response.content[0].text)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[Any] = [{"role": "user", "content": prompt}]
        async with anthropic.AsyncAnthropic(base_url=model.url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                response = await client.messages.create(messages=messages, tools=tools, **OPTIONS)
                messages.append({"role": "assistant", "content": response.content})
                answers = toolset.tool_messages(response, await toolset.ahandle_tool_calls(response, tools=tools))
                if not answers:
                    break
                messages += answers
        return str(response.content[0].text)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[Any] = [{"role": "user", "content": prompt}]
        with anthropic.Anthropic(base_url=model.url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                events = list(client.messages.create(messages=messages, tools=tools, stream=True, **OPTIONS))
                results = toolset.handle_tool_calls(events, tools=tools)
                if not results:
                    break
                messages += [turn(events), *toolset.tool_messages(events, results)]
        return text(events)


class TestStreams(TestMessages):
    """The same with ``stream=True``, whose calls are text, malformed or not."""

    limits: ClassVar[Mapping[str, str]] = {}

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return self.stream_agent(toolset, tools, model, prompt)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[Any] = [{"role": "user", "content": prompt}]
        async with anthropic.AsyncAnthropic(base_url=model.url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                stream = await client.messages.create(messages=messages, tools=tools, stream=True, **OPTIONS)
                events = [event async for event in stream]
                results = await toolset.ahandle_tool_calls(events, tools=tools)
                if not results:
                    break
                messages += [turn(events), *toolset.tool_messages(events, results)]
        return text(events)


def asked(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A message that asks for one tool."""
    block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": arguments}
    return {"role": "assistant", "content": [block], "stop_reason": "tool_use"}


def shown(messages: list[dict[str, Any]]) -> str:
    """What the model reads, which is marked as an error where it is one."""
    (block,) = messages[0]["content"]
    assert block.get("is_error", False) is not json.loads(block["content"])["successful"]
    return str(block["content"])


def turn(events: Iterable[Any]) -> dict[str, Any]:
    """The model's own turn, as a user who streams puts it together: Anthropic takes objects back, whatever came."""
    calls = Codec().calls_in(list(events))
    return {"role": "assistant", "content": [{"type": "tool_use", "id": c.call_id, "name": c.name, "input": {}} for c in calls]}


def text(events: Iterable[Any]) -> str:
    """What the model said."""
    return "".join(getattr(event.delta, "text", "") for event in events if event.type == "content_block_delta")


def test_the_limit_is_real() -> None:
    """A message can't hold malformed arguments: even the double has no way to write them."""
    script = [Calls([{"name": "APP_ONE", "arguments": '{"n": 1'}])]
    tool: Any = {"name": "APP_ONE", "description": "Does it.", "input_schema": {"type": "object"}}
    with (
        ScriptedModel(script) as model,
        anthropic.Anthropic(base_url=model.url, api_key="none", max_retries=0) as client,
        pytest.raises(anthropic.APIError),
    ):
        client.messages.create(messages=[{"role": "user", "content": "go"}], tools=[tool], **OPTIONS)
