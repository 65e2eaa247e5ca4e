"""PraisonAI's other way to a model, LiteLLM, and what else is its own beside the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from praisonaiagents import Agent

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_praisonai import ComposioToolSet

# LiteLLM's own.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*on TypedDict class:UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
ASK = "Get my GitHub username."


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say("All done.")]) as model:
        for name in ("OPENAI_API_BASE", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, model.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        yield model
    assert not model.problems


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("failed", [False, True])
def test_through_litellm_the_result_is_the_same_json(
    toolset: ComposioToolSet, github: FakeUpstream, model: ScriptedModel, mode: str, failed: bool
) -> None:
    if failed:
        github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    tools: Any = toolset.get_tools(actions=[ACTION])
    agent = Agent(name="helper", instructions="You help.", model="openai/gpt-4o-mini", tools=tools)
    said = agent.chat(ASK, stream=False) if mode == "sync" else asyncio.run(agent.achat(ASK))
    assert said == "All done."
    (shown,) = map(json.loads, model.results_seen())
    assert shown["successful"] is not failed
    assert failed is ("Unicorn!" in str(shown["error"]))
    assert [tool["name"] for tool in model.tools_seen()] == [ACTION]
    assert model.tools_seen()[0]["parameters"] == tools[0].get_schema()["function"]["parameters"]
