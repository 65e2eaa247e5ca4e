"""The driver of toolsets whose tools are plain dicts: the base one's, and a new plugin's before it has a framework.

Its loop is the smallest there is: it sends the transcript, runs what the model asks for, and appends the answers.
"""

from __future__ import annotations

from typing import Any

import httpx

from composio.testing.contract.driver import Driver
from composio.testing.model.server import ScriptedModel

__all__ = ["NeutralDriver"]

_ROUNDS = 10


class NeutralDriver(Driver):
    """Tools are ``{"name", "description", "parameters"}``, calls ``{"name", "arguments", "call_id"}``."""

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return list(tools)

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        (result,) = toolset.handle_tool_calls([_request(tools, arguments)], tools=tools)
        return str(result.to_json())

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        (result,) = await toolset.ahandle_tool_calls([_request(tools, arguments)], tools=tools)
        return str(result.to_json())

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
        with httpx.Client(base_url=model.openai_url, trust_env=False) as client:
            for _ in range(_ROUNDS):
                said = _message(client.post("/chat/completions", json=_body(messages, tools)))
                messages.append(said)
                if not said.get("tool_calls"):
                    break
                messages += _answers(said, toolset.handle_tool_calls(_calls(said), tools=tools))
        return str(messages[-1]["content"])

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        messages: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
        async with httpx.AsyncClient(base_url=model.openai_url, trust_env=False) as client:
            for _ in range(_ROUNDS):
                said = _message(await client.post("/chat/completions", json=_body(messages, tools)))
                messages.append(said)
                if not said.get("tool_calls"):
                    break
                messages += _answers(said, await toolset.ahandle_tool_calls(_calls(said), tools=tools))
        return str(messages[-1]["content"])


def _request(tools: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"name": tools[0]["name"], "arguments": arguments}


def _body(messages: list[dict[str, Any]], tools: Any) -> dict[str, Any]:
    return {"model": "scripted", "messages": messages, "tools": [{"type": "function", "function": tool} for tool in tools]}


def _message(response: httpx.Response) -> dict[str, Any]:
    response.raise_for_status()
    message: dict[str, Any] = response.json()["choices"][0]["message"]
    return message


def _calls(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**call["function"], "call_id": call["id"]} for call in said["tool_calls"]]


def _answers(said: dict[str, Any], results: list[Any]) -> list[dict[str, Any]]:
    texts = {result.call_id: result.to_json() for result in results}
    return [{"role": "tool", "tool_call_id": call["id"], "content": texts[call["id"]]} for call in said["tool_calls"]]
