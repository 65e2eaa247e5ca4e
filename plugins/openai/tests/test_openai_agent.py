"""The main job through the real client: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import openai
import pytest

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_openai import Action, App, ComposioToolSet

ASK: Any = {"role": "user", "content": "Get my GitHub username."}
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
Api = Literal["chat", "responses"]


@pytest.fixture
def client(model: ScriptedModel) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
        yield client


def make_toolset(home: Path, github: FakeUpstream, token: str, api: Api = "chat") -> ComposioToolSet:
    toolset = ComposioToolSet(api=api, home=home)
    toolset.add_auth(App.GITHUB, [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
    return toolset


@pytest.fixture
def toolset(home: Path, github: FakeUpstream, token: str) -> Iterator[ComposioToolSet]:
    with make_toolset(home, github, token) as toolset:
        yield toolset


def check(answer: str | None, github: FakeUpstream, token: str) -> None:
    (request,) = github.requests
    assert (request.method, request.path) == ("GET", "/user")
    assert request.headers["authorization"] == token
    assert answer == "You are octocat."


def test_chat_completions(toolset: ComposioToolSet, client: openai.OpenAI, github: FakeUpstream, token: str) -> None:
    tools: Any = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    messages = [ASK]
    response = client.chat.completions.create(model="m", messages=messages, tools=tools, tool_choice="auto")
    results = toolset.handle_tool_calls(response)
    messages += [response.choices[0].message, *toolset.tool_messages(response, results)]
    last = client.chat.completions.create(model="m", messages=messages, tools=tools)
    check(last.choices[0].message.content, github, token)
    assert results[0]["successful"] is True


def test_a_streamed_chat_completion(toolset: ComposioToolSet, client: openai.OpenAI, github: FakeUpstream, token: str) -> None:
    tools: Any = toolset.get_tools(actions=[ACTION])
    stream = client.chat.completions.create(model="m", messages=[ASK], tools=tools, stream=True)
    results = toolset.handle_tool_calls(stream)
    (answer,) = toolset.tool_messages(stream, results)
    call = {"id": answer["tool_call_id"], "type": "function", "function": {"name": results[0].tool, "arguments": "{}"}}
    assert results.message == {"role": "assistant", "content": None, "tool_calls": [call]}
    messages: Any = [ASK, results.message, answer]
    last = toolset.handle_tool_calls(client.chat.completions.create(model="m", messages=messages, tools=tools, stream=True))
    assert list(last) == []
    assert "tool_calls" not in last.message, "OpenAI refuses an empty list"
    check(last.message["content"], github, token)


@pytest.mark.parametrize("streamed", [False, True])
def test_responses_asynchronously(model: ScriptedModel, home: Path, github: FakeUpstream, token: str, streamed: bool) -> None:
    async def main() -> str:
        async with (
            openai.AsyncOpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client,
            make_toolset(home, github, token, "responses") as toolset,
        ):
            tools: Any = await toolset.aget_tools(actions=[ACTION])
            response: Any = await client.responses.create(model="m", input=[ASK], tools=tools, stream=streamed)
            results = await toolset.ahandle_tool_calls(response)
            conversation: Any = [ASK, *results.messages, *toolset.tool_messages(response, results)]
            last = await client.responses.create(model="m", input=conversation, tools=tools)
            return last.output_text

    check(asyncio.run(main()), github, token)


def test_one_tool_call_by_hand_as_v0_7_did(toolset: ComposioToolSet, client: openai.OpenAI, github: FakeUpstream) -> None:
    tools: Any = toolset.get_tools(actions=[ACTION])
    message = client.chat.completions.create(model="m", messages=[ASK], tools=tools).choices[0].message
    assert message.tool_calls
    result = toolset.execute_tool_call(message.tool_calls[0])
    assert (result["successful"], result["data"]["login"], result.call_id) == (True, "octocat", message.tool_calls[0].id)
    assert asyncio.run(toolset.aexecute_tool_call(message.tool_calls[0]))["successful"] is True


def test_what_the_upstream_refuses_the_model_reads(home: Path, github: FakeUpstream, client: openai.OpenAI) -> None:
    with make_toolset(home, github, "Bearer of-somebody-else") as toolset:
        tools: Any = toolset.get_tools(actions=[ACTION])
        response = client.chat.completions.create(model="m", messages=[ASK], tools=tools)
        (result,) = toolset.handle_tool_calls(response)
        assert result["successful"] is False
        assert "401" in str(result["error"])
        assert "of-somebody-else" not in result.to_json(), "a credential never reaches the model"
        assert json.loads(toolset.tool_messages(response, [result])[0]["content"]) == result


def test_the_important_actions_of_an_app_are_the_default(toolset: ComposioToolSet) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    assert 5 <= len(tools) <= 60
    assert all(tool["type"] == "function" and tool["function"]["name"].startswith("GITHUB_") for tool in tools)


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_tools_in_the_other_apis_form_say_which_toolset_gives_the_right_ones(
    home: Path, github: FakeUpstream, token: str, api: Api
) -> None:
    with make_toolset(home, github, token, api) as toolset:
        tools: Any = toolset.get_tools(actions=[ACTION])
    says = r"Missing required parameter: 'tools\[0\].*composio_openai.ComposioToolSet\("
    with (
        ScriptedModel([Say("never")]) as model,
        openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client,
    ):
        send: Any = client.responses.create if api == "chat" else client.chat.completions.create
        asked: Any = {"input": "x"} if api == "chat" else {"messages": [ASK]}
        with pytest.raises(openai.BadRequestError, match=says):
            send(model="m", tools=tools, **asked)


def test_an_agent_finds_and_runs_what_it_was_not_given(home: Path, github: FakeUpstream, token: str) -> None:
    search = {"name": "COMPOSIO_SEARCH_TOOLS", "arguments": {"queries": [{"use_case": "get my GitHub user"}]}}
    run = {"name": "COMPOSIO_MULTI_EXECUTE_TOOL", "arguments": {"tools": [{"tool_slug": ACTION, "arguments": {}}]}}

    def name(results: list[str]) -> str:
        assert ACTION in results[0]
        (found,) = json.loads(results[-1])["data"]["results"]
        return f"You are {found['response']['data']['login']}."

    with (
        ScriptedModel([Calls([search]), Calls([run]), Say(name)]) as model,
        openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client,
        make_toolset(home, github, token) as toolset,
    ):
        tools: Any = toolset.discovery_tools(apps=[App.GITHUB])
        messages = [ASK]
        response = client.chat.completions.create(model="m", messages=messages, tools=tools)
        while response.choices[0].message.tool_calls:
            results = toolset.handle_tool_calls(response, tools=tools)
            messages += [response.choices[0].message, *toolset.tool_messages(response, results)]
            response = client.chat.completions.create(model="m", messages=messages, tools=tools)
        assert len(model.tools_seen()) == 4
    check(response.choices[0].message.content, github, token)
