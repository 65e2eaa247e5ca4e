"""What is AG2's own beside the contract: streamed runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.errors import InvalidRequest
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_ag2 import App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    answer = Say(lambda results: f"You are {json.loads(results[-1])['data']['login']}.")
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), answer]) as model:
        yield model
    assert not model.problems


@pytest.fixture
def toolset(home: Path, github: FakeUpstream, token: str) -> Iterator[ComposioToolSet]:
    with ComposioToolSet(home=home) as toolset:
        toolset.add_auth(App.GITHUB, [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
        yield toolset


def test_a_streamed_run_gets_the_username(toolset: ComposioToolSet, model: ScriptedModel, make_runner: Any) -> None:
    runner = make_runner(model, toolset.get_tools(actions=[ACTION]), streaming=True)
    assert asyncio.run(runner.arun(ASK)) == "You are octocat."
    assert all(request.body["stream"] for request in model.requests)


def test_there_are_no_calls_to_handle(toolset: ComposioToolSet) -> None:
    with pytest.raises(InvalidRequest, match="carries its tools out by itself"):
        toolset.handle_tool_calls({})
