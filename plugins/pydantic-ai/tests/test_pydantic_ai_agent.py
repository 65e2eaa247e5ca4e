"""What is Pydantic AI's own beside the contract: its mark for failed results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydantic_ai
import pytest

from composio.errors import InvalidRequest
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_pydantic_ai import App, ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say(lambda results: results[-1])]) as model:
        yield model
    assert not model.problems


@pytest.fixture
def toolset(home: Path, github: FakeUpstream, token: str) -> Iterator[ComposioToolSet]:
    with ComposioToolSet(home=home) as toolset:
        toolset.add_auth(App.GITHUB, [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
        yield toolset


def test_a_failure_is_marked_as_one_where_pydantic_ai_can(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    make_runner(model, toolset.get_tools(actions=[ACTION])).run_sync(ASK)
    (shown,) = map(json.loads, model.results_seen())
    result = json.loads(shown["error"]) if hasattr(pydantic_ai, "ToolFailed") else shown
    assert result["successful"] is False


def test_there_are_no_calls_to_handle(toolset: ComposioToolSet) -> None:
    with pytest.raises(InvalidRequest, match="carries its tools out by itself"):
        toolset.handle_tool_calls({})
