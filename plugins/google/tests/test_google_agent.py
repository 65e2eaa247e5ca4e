"""The main job through the real client: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.genai import types

from composio.testing import FakeUpstream, ScriptedModel
from composio_google import Action, App, ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
ASK = "Get my GitHub username."


def question() -> types.Content:
    return types.Content(role="user", parts=[types.Part(text=ASK)])


@pytest.fixture
def client(model: ScriptedModel, make_client: Callable[..., Any]) -> Iterator[Any]:
    with make_client(model) as client:
        yield client


def make_toolset(home: Path, github: FakeUpstream, token: str) -> ComposioToolSet:
    toolset = ComposioToolSet(home=home)
    toolset.add_auth(App.GITHUB, [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
    return toolset


def check(answer: str | None, github: FakeUpstream, token: str) -> None:
    (request,) = github.requests
    assert (request.method, request.path) == ("GET", "/user")
    assert request.headers["authorization"] == token
    assert answer == "You are octocat."


def test_the_username(toolset: ComposioToolSet, client: Any, github: FakeUpstream, token: str) -> None:
    config = {"tools": toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])}
    contents = [question()]
    response = client.models.generate_content(model="m", contents=contents, config=config)
    results = toolset.handle_tool_calls(response)
    contents += [response.candidates[0].content, *toolset.tool_messages(response, results)]
    last = client.models.generate_content(model="m", contents=contents, config=config)
    check(last.text, github, token)
    assert results[0]["successful"] is True
    assert toolset.tool_messages(last, toolset.handle_tool_calls(last)) == []


@pytest.mark.parametrize("kept", [True, False])
def test_the_username_from_a_stream(
    toolset: ComposioToolSet, client: Any, github: FakeUpstream, token: str, kept: bool
) -> None:
    config = {"tools": toolset.get_tools(actions=[ACTION])}
    stream = client.models.generate_content_stream(model="m", contents=[question()], config=config)
    response = list(stream) if kept else stream
    results = toolset.handle_tool_calls(response)
    said = [chunk.candidates[0].content for chunk in response] if kept else results.messages
    contents = [question(), *said, *toolset.tool_messages(response, results)]
    chunks = client.models.generate_content_stream(model="m", contents=contents, config=config)
    check("".join(chunk.text or "" for chunk in chunks), github, token)


def test_the_username_in_a_chat(toolset: ComposioToolSet, client: Any, github: FakeUpstream, token: str) -> None:
    chat = client.chats.create(model="m", config={"tools": toolset.get_tools(actions=[ACTION])})
    chunks = list(chat.send_message_stream(ASK))
    (answer,) = toolset.tool_messages(chunks, toolset.handle_tool_calls(chunks))
    check(chat.send_message(answer.parts).text, github, token)


@pytest.mark.parametrize("streamed", [False, True])
def test_the_username_asynchronously(
    model: ScriptedModel,
    home: Path,
    github: FakeUpstream,
    token: str,
    make_aclient: Callable[..., Any],
    streamed: bool,
) -> None:
    async def main() -> str:
        async with make_aclient(model) as client, make_toolset(home, github, token) as toolset:
            config = {"tools": await toolset.aget_tools(actions=[ACTION])}
            chat = client.aio.chats.create(model="m", config=config)
            response = await (chat.send_message_stream(ASK) if streamed else chat.send_message(ASK))
            results = await toolset.ahandle_tool_calls(response)
            (answer,) = toolset.tool_messages(response, results)
            return str((await chat.send_message(answer.parts)).text)

    check(asyncio.run(main()), github, token)


def test_one_function_call_by_hand_as_v0_7_did(toolset: ComposioToolSet, client: Any, github: FakeUpstream) -> None:
    config = {"tools": toolset.get_tools(actions=[ACTION])}
    response = client.models.generate_content(model="m", contents=ASK, config=config)
    (call,) = response.function_calls
    result = toolset.execute_function_call(call)
    assert (result["successful"], result["data"]["login"], result.call_id) == (True, "octocat", call.id)
    assert asyncio.run(toolset.aexecute_function_call(call)) == result
    assert toolset.handle_response(response) == asyncio.run(toolset.ahandle_response(response)) == [result]
    assert toolset.handle_response(response)[0].tool == ACTION


def test_what_the_upstream_refuses_the_model_reads(home: Path, github: FakeUpstream, client: Any) -> None:
    with make_toolset(home, github, "Bearer of-somebody-else") as toolset:
        config = {"tools": toolset.get_tools(actions=[ACTION])}
        response = client.models.generate_content(model="m", contents=ASK, config=config)
        (result,) = toolset.handle_tool_calls(response)
        assert result["successful"] is False
        assert "401" in str(result["error"])
        assert "of-somebody-else" not in result.to_json(), "a credential never reaches the model"
        (content,) = toolset.tool_messages(response, [result])
        (part,) = content.parts or []
        assert part.function_response is not None
        assert part.function_response.response == result


def test_every_important_action_of_github_reaches_the_wire(toolset: ComposioToolSet, client: Any, model: ScriptedModel) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    client.models.generate_content(model="m", contents=ASK, config={"tools": tools})
    declared = [d for tool in tools for d in tool.function_declarations or ()]
    expected = [{"name": d.name, "description": d.description, "parameters": d.parameters_json_schema} for d in declared]
    assert model.tools_seen() == expected
    assert len(expected) == len(tools) >= 5
