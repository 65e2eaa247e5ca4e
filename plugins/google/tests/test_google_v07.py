"""Programs in the style of v0.7's for Gemini: one that its client runs, one that hands the response back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.genai import types

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_google import App, ComposioToolSet
from composio_google._automatic import runs_tools

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
by_the_client = pytest.mark.skipif(not runs_tools(), reason="this google-genai makes a plain types.Tool of what it could call")

CLIENT_RUNS_IT = """
from google import genai
from google.genai import types

from composio_gemini import Action, ComposioToolSet

client = genai.Client(api_key="none")
toolset = ComposioToolSet(api_key="unused")
tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
chat = client.chats.create(model="gemini-2.0-flash", config=types.GenerateContentConfig(tools=tools))
print(chat.send_message("Who am I on GitHub?").text)
"""

PROGRAM_RUNS_IT = """
from google import genai

from composio_google import Action, ComposioToolset

client = genai.Client(api_key="none")
toolset = ComposioToolset()
tool = toolset.get_tool(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
response = client.models.generate_content(model="gemini-2.0-flash", contents="Who am I?", config={"tools": [tool]})
for result in toolset.handle_response(response):
    print(result["successfull"], result["data"]["response_data"]["login"])
"""


def keys(model: ScriptedModel) -> dict[str, str]:
    return {"GOOGLE_GEMINI_BASE_URL": model.url}


def username(results: list[str]) -> str:
    found = json.loads(results[-1])
    return f"You are {found['result']['data']['login']}."


@by_the_client
def test_the_client_runs_the_tools_of_composio_gemini(program_prints: Callable[..., str]) -> None:
    steps = [Calls([{"name": ACTION, "arguments": {}}]), Say(username)]
    said = program_prints(CLIENT_RUNS_IT, steps, keys=keys, options=["-W", "ignore::DeprecationWarning"], lines=1)
    assert said == "You are octocat.\n"


def test_a_program_hands_the_response_back(program_prints: Callable[..., str]) -> None:
    assert program_prints(PROGRAM_RUNS_IT, [Calls([{"name": ACTION, "arguments": {}}])], keys=keys, lines=1) == "True octocat\n"


@pytest.fixture
def toolset(home: Path, github: FakeUpstream, token: str) -> Iterator[ComposioToolSet]:
    with ComposioToolSet(home=home, automatic=True) as toolset:
        toolset.add_auth(App.GITHUB, [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
        yield toolset


@by_the_client
@pytest.mark.parametrize("way", ["sync", "async"])
def test_the_client_goes_on_until_the_model_has_answered(
    toolset: ComposioToolSet, github: FakeUpstream, make_client: Any, make_aclient: Any, way: str
) -> None:
    tools = toolset.get_tools(actions=["GITHUB_CREATE_AN_ISSUE"])
    config = types.GenerateContentConfig(tools=[*tools])
    arguments = {"owner": "octocat", "repo": "hello", "title": "Hi", "labels": ["bug"], "invented": 1}
    script: list[Any] = [Calls([{"name": "GITHUB_CREATE_AN_ISSUE", "arguments": arguments}]), Say("Done.")]

    async def ask(model: ScriptedModel) -> Any:
        async with make_aclient(model) as client:
            return await client.aio.models.generate_content(model="m", contents="Open an issue.", config=config)

    with ScriptedModel(script) as model:
        if way == "async":
            answer = asyncio.run(ask(model))
        else:
            with make_client(model) as client:
                answer = client.models.generate_content(model="m", contents="Open an issue.", config=config)
        declared = {one["name"]: one["parameters"] for one in model.tools_seen()}
        shown = [str(one) for one in model.results_seen()]
    assert answer.text == "Done.", shown
    assert '"successful":true' in shown[-1].replace(" ", "")
    assert tools[0].function_declarations is not None
    assert declared == {"GITHUB_CREATE_AN_ISSUE": tools[0].function_declarations[0].parameters_json_schema}
    (request,) = github.requests
    assert request.arguments == {"owner": "octocat", "repo": "hello", "title": "Hi", "labels": ["bug"]}


@by_the_client
def test_a_failure_is_shown_to_the_model(toolset: ComposioToolSet, github: FakeUpstream, make_client: Any) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    script = [Calls([{"name": ACTION, "arguments": {}}]), Say(lambda results: results[-1])]
    with ScriptedModel(script) as model, make_client(model) as client:
        config = {"tools": toolset.get_tools(actions=[ACTION])}
        answer = client.models.generate_content(model="m", contents="Who am I?", config=config)
    assert "Unicorn!" in str(answer.text)


@pytest.mark.skipif(runs_tools(), reason="this google-genai runs tools by itself")
def test_an_older_client_gets_declarations_and_a_warning(toolset: ComposioToolSet, caplog: pytest.LogCaptureFixture) -> None:
    (tool,) = toolset.get_tools(actions=[ACTION])
    assert isinstance(tool, types.Tool)
    assert "use handle_tool_calls, or upgrade google-genai" in caplog.text
