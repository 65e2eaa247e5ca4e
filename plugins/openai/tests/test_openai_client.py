"""What the real client returns, streamed or not, against a model on loopback that rejects what OpenAI would reject."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from composio.model.action import JsonSchema
from composio.model.call import ToolResult
from composio.testing import Calls, Recorder, Say, ScriptedModel, tool_spec
from composio_openai._adapter import ChatAdapter, ResponsesAdapter, Tool
from composio_openai._answers import answers
from composio_openai._codec import Codec

CODEC = Codec()
CALLS = [{"name": "APP_ONE", "arguments": {"name": "é", "n": 1}}, {"name": "APP_TWO", "arguments": {}}]
SCRIPT: list[Calls | Say] = [Calls(CALLS), Say(lambda results: f"done: {len(results)}")]
SCHEMA = JsonSchema({"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "integer", "default": 1}}})


def tools(adapter: ChatAdapter | ResponsesAdapter) -> list[Any]:
    made: list[Tool] = [adapter.wrap(tool_spec(SCHEMA, name=slug), Recorder()) for slug in ("APP_ONE", "APP_TWO")]
    return made


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(SCRIPT) as model:
        yield model
    assert not model.problems


@pytest.fixture
def client(model: ScriptedModel) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
        yield client


def results_of(response: Any) -> list[ToolResult]:
    """What ``handle_tool_calls`` does around the codec, without running anything."""
    calls = CODEC.calls_in(CODEC.collect(response))
    assert [call.name for call in calls] == ["APP_ONE", "APP_TWO"]
    assert [json.loads(call.arguments) for call in calls if isinstance(call.arguments, str)] == [{"name": "é", "n": 1}, {}]
    return [ToolResult({"successful": True, "data": c.name, "error": None}, call_id=c.call_id, tool=c.name) for c in calls]


def chat_message(results: list[ToolResult]) -> dict[str, Any]:
    """The model's own message, which a user who streams puts together from what was shown."""
    functions = [{"name": result.tool, "arguments": "{}"} for result in results]
    calls = [{"id": r.call_id, "type": "function", "function": f} for r, f in zip(results, functions, strict=True)]
    return {"role": "assistant", "content": None, "tool_calls": calls}


USER = {"role": "user", "content": "go"}


def ask(client: openai.OpenAI, **options: Any) -> Any:
    return client.chat.completions.create(model="m", messages=[USER], tools=tools(ChatAdapter()), **options)  # type: ignore[list-item]  # plain dicts


def finish(client: openai.OpenAI, response: Any, results: list[ToolResult]) -> str | None:
    messages: Any = [USER, chat_message(results), *answers(response, results, api="chat")]
    last = client.chat.completions.create(model="m", messages=messages, tools=tools(ChatAdapter()))
    return last.choices[0].message.content


def streaming(client: openai.OpenAI | openai.AsyncOpenAI) -> Any:
    """Where ``stream()`` is: the first versions that had Responses still kept it under ``beta``."""
    completions: Any = client.chat.completions
    return completions if hasattr(completions, "stream") else client.beta.chat.completions


def stream_helper(client: openai.OpenAI) -> Any:
    with streaming(client).stream(model="m", messages=[USER], tools=tools(ChatAdapter())) as stream:
        assert list(stream), "a user's loop, which leaves the stream read"
        return stream


CHAT: dict[str, Callable[[openai.OpenAI], Any]] = {
    "completion": ask,
    "its dict": lambda client: ask(client).model_dump(),
    "its message": lambda client: ask(client).choices[0].message,
    "stream": lambda client: ask(client, stream=True),
    "list of chunks": lambda client: list(ask(client, stream=True)),
    "dicts of chunks": lambda client: [chunk.model_dump() for chunk in ask(client, stream=True)],
    "generator of chunks": lambda client: (chunk for chunk in ask(client, stream=True)),
    "stream helper, read": stream_helper,
    "final completion": lambda client: stream_helper(client).get_final_completion(),
}


@pytest.mark.parametrize("shape", CHAT)
def test_chat_completions_in_every_shape(client: openai.OpenAI, model: ScriptedModel, shape: str) -> None:
    response = CHAT[shape](client)
    results = results_of(response)
    assert finish(client, response, results) == "done: 2"
    assert model.results_seen() == [result.to_json() for result in results]


def test_tools_reach_the_wire_as_they_are(client: openai.OpenAI, model: ScriptedModel) -> None:
    ask(client)
    client.responses.create(model="m", input="go", tools=tools(ResponsesAdapter()))
    chat, responses = (request.body["tools"][0] for request in model.requests)
    assert chat == {"type": "function", "function": {"name": "APP_ONE", "description": "Does it.", "parameters": SCHEMA}}
    assert responses == {
        "type": "function",
        "name": "APP_ONE",
        "description": "Does it.",
        "parameters": SCHEMA,
        "strict": False,
    }


def respond(client: openai.OpenAI, **options: Any) -> Any:
    return client.responses.create(model="m", input="go", tools=tools(ResponsesAdapter()), **options)


def responses_helper(client: openai.OpenAI) -> Any:
    with client.responses.stream(model="m", input="go", tools=tools(ResponsesAdapter())) as stream:
        assert list(stream)
        return stream


RESPONSES: dict[str, Callable[[openai.OpenAI], Any]] = {
    "response": respond,
    "its dict": lambda client: respond(client).model_dump(),
    "its output": lambda client: respond(client).output,
    "stream": lambda client: respond(client, stream=True),
    "list of events": lambda client: list(respond(client, stream=True)),
    "stream helper, read": responses_helper,
}


@pytest.mark.parametrize("shape", RESPONSES)
def test_responses_in_every_shape(client: openai.OpenAI, model: ScriptedModel, shape: str) -> None:
    response = RESPONSES[shape](client)
    results = results_of(response)
    asked = [{"type": "function_call", "call_id": r.call_id, "name": r.tool, "arguments": "{}"} for r in results]
    conversation: Any = [USER, *asked, *answers(response, results, api="responses")]
    last = client.responses.create(model="m", input=conversation, tools=tools(ResponsesAdapter()))
    assert last.output_text == "done: 2"
    assert model.results_seen() == [result.to_json() for result in results]


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_asynchronous_streams(model: ScriptedModel, api: str) -> None:
    async def main() -> None:
        async with openai.AsyncOpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            offered: Any = tools(ChatAdapter() if api == "chat" else ResponsesAdapter())
            stream: Any
            if api == "chat":
                message: Any = USER
                stream = await client.chat.completions.create(model="m", messages=[message], tools=offered, stream=True)
            else:
                stream = await client.responses.create(model="m", input="go", tools=offered, stream=True)
            results = results_of(await CODEC.acollect(stream))
            messages = answers(stream, results, api=api)
            assert [m.get("call_id") or m.get("tool_call_id") for m in messages] == [r.call_id for r in results]

    asyncio.run(main())


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_asynchronous_stream_helpers_give_their_final_response(model: ScriptedModel, api: str) -> None:
    async def main() -> None:
        async with openai.AsyncOpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            if api == "chat" and not hasattr(client.chat.completions, "stream"):
                pytest.skip("while it was a beta, the helper took strict tools only")
            if api == "chat":
                helper = streaming(client).stream(model="m", messages=[USER], tools=tools(ChatAdapter()))
            else:
                helper = client.responses.stream(model="m", input="go", tools=tools(ResponsesAdapter()))
            async with helper as stream:
                results_of(await CODEC.acollect(stream))

    asyncio.run(main())
