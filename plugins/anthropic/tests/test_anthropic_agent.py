"""The main job through the real client: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest

from composio.errors import InvalidRequest
from composio.testing import FakeUpstream, ScriptedModel
from composio_anthropic import Action, App, ComposioToolSet

ASK: Any = {"role": "user", "content": "Get my GitHub username."}
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
OPTIONS: dict[str, Any] = {"model": "m", "max_tokens": 1024}


@pytest.fixture
def client(model: ScriptedModel) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=model.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def toolset(make_toolset: Callable[..., ComposioToolSet]) -> ComposioToolSet:
    return make_toolset()


def create(client: anthropic.Anthropic, tools: Any) -> tuple[Any, Any]:
    response = client.messages.create(messages=[ASK], tools=tools, **OPTIONS)
    return response, response.content


def beta(client: anthropic.Anthropic, tools: Any) -> tuple[Any, Any]:
    response = client.beta.messages.create(messages=[ASK], tools=tools, **OPTIONS)
    return response, [block.model_dump(exclude_none=True) for block in response.content]


def helper(client: anthropic.Anthropic, tools: Any) -> tuple[Any, Any]:
    with client.messages.stream(messages=[ASK], tools=tools, **OPTIONS) as stream:
        assert list(stream), "a user's loop, which leaves the stream read"
    return stream, stream.get_final_message().content


def raw(client: anthropic.Anthropic, tools: Any) -> tuple[Any, Any]:
    return client.messages.create(messages=[ASK], tools=tools, stream=True, **OPTIONS), None


@pytest.mark.parametrize("ask", [create, beta, helper, raw])
def test_messages(
    toolset: ComposioToolSet,
    client: anthropic.Anthropic,
    github: FakeUpstream,
    token: str,
    ask: Callable[[anthropic.Anthropic, Any], tuple[Any, Any]],
) -> None:
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    response, content = ask(client, tools)
    results = toolset.handle_tool_calls(response)
    answers: Any = toolset.tool_messages(response, results)
    assert results[0]["successful"] is True
    own: Any = content or results.message["content"]
    last: Any = client.messages.create(messages=[ASK, {"role": "assistant", "content": own}, *answers], tools=tools, **OPTIONS)
    assert last.content[0].text == "You are octocat."
    (request,) = github.requests
    assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", token)
    assert toolset.handle_tool_calls(last) == toolset.tool_messages(last, []) == []


@pytest.mark.parametrize("streamed", [False, True])
def test_messages_asynchronously(toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, streamed: bool) -> None:
    async def main() -> str:
        async with anthropic.AsyncAnthropic(base_url=model.url, api_key="none", max_retries=0) as client:
            tools: Any = await toolset.aget_tools(actions=[ACTION])
            response: Any = await client.messages.create(messages=[ASK], tools=tools, stream=streamed, **OPTIONS)
            results = await toolset.ahandle_tool_calls(response)
            messages: Any = [ASK, results.message, *toolset.tool_messages(response, results)]
            last: Any = await client.messages.create(messages=messages, tools=tools, **OPTIONS)
            return str(last.content[0].text)

    assert asyncio.run(main()) == "You are octocat."


def test_the_asynchronous_stream_helper(toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream) -> None:
    async def main() -> None:
        async with anthropic.AsyncAnthropic(base_url=model.url, api_key="none", max_retries=0) as client:
            tools: Any = await toolset.aget_tools(actions=[ACTION])
            async with client.messages.stream(messages=[ASK], tools=tools, **OPTIONS) as stream:
                (result,) = await toolset.ahandle_tool_calls(stream)
            assert result["data"]["login"] == "octocat"

    asyncio.run(main())


def test_what_is_no_message_is_refused_and_says_what_to_pass(toolset: ComposioToolSet, client: anthropic.Anthropic) -> None:
    manager = client.messages.stream(messages=[ASK], **OPTIONS)
    with pytest.raises(InvalidRequest, match=r"`with \.\.\. as stream`"):
        toolset.handle_tool_calls(manager)
    unread = client.messages.with_raw_response.create(messages=[ASK], tools=toolset.get_tools(actions=[ACTION]), **OPTIONS)
    with pytest.raises(InvalidRequest, match=r"\.parse\(\)"):
        toolset.handle_tool_calls(unread)


def test_a_refusal_is_an_error_that_the_model_reads(
    toolset: ComposioToolSet, client: anthropic.Anthropic, github: FakeUpstream, token: str
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    response, _ = create(client, toolset.get_tools(actions=[ACTION]))
    (answer,) = toolset.tool_messages(response, toolset.handle_tool_calls(response))
    (block,) = answer["content"]
    assert block["is_error"] is True
    assert "Unicorn!" in block["content"]
    assert token not in block["content"]


def test_one_block_by_hand_as_v0_7_did(toolset: ComposioToolSet, client: anthropic.Anthropic, github: FakeUpstream) -> None:
    _, (block,) = create(client, toolset.get_tools(actions=[ACTION]))
    result = toolset.execute_tool_call(block)
    assert (result["successful"], result["data"]["login"], result.call_id) == (True, "octocat", block.id)
    assert asyncio.run(toolset.aexecute_tool_call(block))["successful"] is True
    with pytest.raises(InvalidRequest, match="takes a tool_use block"):
        toolset.execute_tool_call({"type": "text", "text": "No."})


def test_every_important_action_of_github_reaches_the_wire_as_it_is(
    toolset: ComposioToolSet, client: anthropic.Anthropic, model: ScriptedModel
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    create(client, tools)
    assert model.requests[0].body["tools"] == tools
