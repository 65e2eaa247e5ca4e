"""The contract suite through the real client, over Chat Completions and over Responses."""

from __future__ import annotations

import json
from typing import Any

import openai

from composio.testing import AdapterContract, MainJob, ScriptedModel
from composio_openai import ComposioToolSet
from tests.peers.served import OverServer

ROUNDS = 10


class _Chat(AdapterContract):
    toolset_class = ComposioToolSet

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [tool["function"] for tool in tools]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        response = asked(tools[0]["function"]["name"], arguments)
        (message,) = toolset.tool_messages(response, toolset.handle_tool_calls(response, tools=tools))
        return str(message["content"])

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        response = asked(tools[0]["function"]["name"], arguments)
        (message,) = toolset.tool_messages(response, await toolset.ahandle_tool_calls(response, tools=tools))
        return str(message["content"])

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[Any] = [{"role": "user", "content": prompt}]
        with openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                response = client.chat.completions.create(model="m", messages=messages, tools=tools)
                messages.append(response.choices[0].message)
                if not response.choices[0].message.tool_calls:
                    break
                messages += toolset.tool_messages(response, toolset.handle_tool_calls(response, tools=tools))
        return str(messages[-1].content)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[Any] = [{"role": "user", "content": prompt}]
        async with openai.AsyncOpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                response = await client.chat.completions.create(model="m", messages=messages, tools=tools)
                messages.append(response.choices[0].message)
                if not response.choices[0].message.tool_calls:
                    break
                messages += toolset.tool_messages(response, await toolset.ahandle_tool_calls(response, tools=tools))
        return str(messages[-1].content)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[Any] = [{"role": "user", "content": prompt}]
        with openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                chunks = list(client.chat.completions.create(model="m", messages=messages, tools=tools, stream=True))
                results = toolset.handle_tool_calls(chunks, tools=tools)
                if not results:
                    break
                calls = [
                    {"id": r.call_id, "type": "function", "function": {"name": r.tool, "arguments": "{}"}} for r in results
                ]
                messages.append({"role": "assistant", "content": None, "tool_calls": calls})
                messages += toolset.tool_messages(chunks, results)
        return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


class TestChat(_Chat, MainJob): ...


class TestChatOverServer(OverServer, _Chat): ...


class TestResponses(_Chat, MainJob):
    def make_toolset(self, backend: Any, **options: Any) -> Any:
        return ComposioToolSet(api="responses", backend=backend, **options)

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return list(tools)

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        response = item(tools[0]["name"], arguments)
        (message,) = toolset.tool_messages(response, toolset.handle_tool_calls(response, tools=tools))
        return str(message["output"])

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        response = item(tools[0]["name"], arguments)
        (message,) = toolset.tool_messages(response, await toolset.ahandle_tool_calls(response, tools=tools))
        return str(message["output"])

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        conversation: list[Any] = [{"role": "user", "content": prompt}]
        with openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                response = client.responses.create(model="m", input=conversation, tools=tools)
                conversation += response.output
                answers = toolset.tool_messages(response, toolset.handle_tool_calls(response, tools=tools))
                if not answers:
                    break
                conversation += answers
        return str(response.output_text)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        conversation: list[Any] = [{"role": "user", "content": prompt}]
        async with openai.AsyncOpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                response = await client.responses.create(model="m", input=conversation, tools=tools)
                conversation += response.output
                answers = toolset.tool_messages(response, await toolset.ahandle_tool_calls(response, tools=tools))
                if not answers:
                    break
                conversation += answers
        return str(response.output_text)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        conversation: list[Any] = [{"role": "user", "content": prompt}]
        with openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            for _ in range(ROUNDS):
                events = list(client.responses.create(model="m", input=conversation, tools=tools, stream=True))
                results = toolset.handle_tool_calls(events, tools=tools)
                if not results:
                    break
                conversation += [
                    {"type": "function_call", "call_id": r.call_id, "name": r.tool, "arguments": "{}"} for r in results
                ]
                conversation += toolset.tool_messages(events, results)
        return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def asked(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A completion that asks for one tool."""
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}


def item(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A response that asks for one tool."""
    call = {"type": "function_call", "call_id": "call_1", "name": name, "arguments": json.dumps(arguments)}
    return {"status": "completed", "output": [call]}
