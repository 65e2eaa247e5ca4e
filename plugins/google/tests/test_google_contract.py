"""The contract suite through the real client, over Gemini's wire format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from google.genai import types

from composio.testing import AdapterContract, MainJob, ScriptedModel
from composio_google import ComposioToolSet

ROUNDS = 10


class TestGoogle(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = {
        "agent_survives_malformed_arguments": "Gemini sends arguments as an object, and its client refuses anything else",
    }

    @pytest.fixture(autouse=True)
    def _clients(self, make_client: Callable[..., Any], make_aclient: Callable[..., Any]) -> None:
        self.make_client, self.make_aclient = make_client, make_aclient

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        declared = [declaration for tool in tools for declaration in tool.function_declarations]
        return [{"name": d.name, "description": d.description, "parameters": d.parameters_json_schema} for d in declared]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        response = asked(tools, arguments)
        return shown(toolset.tool_messages(response, toolset.handle_tool_calls(response, tools=tools)))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        response = asked(tools, arguments)
        return shown(toolset.tool_messages(response, await toolset.ahandle_tool_calls(response, tools=tools)))

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        contents: list[Any] = [types.Content(role="user", parts=[types.Part(text=prompt)])]
        with self.make_client(model) as client:
            for _ in range(ROUNDS):
                response = client.models.generate_content(model="m", contents=contents, config={"tools": tools})
                answers = toolset.tool_messages(response, toolset.handle_tool_calls(response, tools=tools))
                if not answers:
                    break
                contents += [response.candidates[0].content, *answers]
        return str(response.text)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        contents: list[Any] = [types.Content(role="user", parts=[types.Part(text=prompt)])]
        async with self.make_aclient(model) as client:
            for _ in range(ROUNDS):
                response = await client.aio.models.generate_content(model="m", contents=contents, config={"tools": tools})
                answers = toolset.tool_messages(response, await toolset.ahandle_tool_calls(response, tools=tools))
                if not answers:
                    break
                contents += [response.candidates[0].content, *answers]
        return str(response.text)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        with self.make_client(model) as client:
            chat = client.chats.create(model="m", config={"tools": tools})
            message: Any = prompt
            for _ in range(ROUNDS):
                chunks = list(chat.send_message_stream(message))
                answers = toolset.tool_messages(chunks, toolset.handle_tool_calls(chunks, tools=tools))
                if not answers:
                    break
                message = answers[0].parts
        return "".join(chunk.text or "" for chunk in chunks)

    def test_the_limit_is_real(self) -> None:
        with pytest.raises(ValueError, match="args"):
            types.FunctionCall.model_validate({"name": "CONTRACT_GET_ITEM", "args": '{"item_id": 7'})


def asked(tools: Any, arguments: dict[str, Any]) -> types.GenerateContentResponse:
    """A response that asks for one tool."""
    call = {"id": "call_1", "name": tools[0].function_declarations[0].name, "args": arguments}
    content = {"role": "model", "parts": [{"function_call": call}]}
    return types.GenerateContentResponse.model_validate({"candidates": [{"content": content}]})


def shown(contents: list[types.Content]) -> str:
    """The one function response, as it goes out."""
    (content,) = contents
    (part,) = content.parts or []
    assert part.function_response is not None
    return json.dumps(part.function_response.response, ensure_ascii=False)
