"""What is Pydantic AI's own beside the contract: its mark for failed results."""

from __future__ import annotations

import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pydantic_ai

from composio.testing import FakeUpstream, ScriptedModel
from composio_pydantic_ai import ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
# What the model says at the end: the last result.
ANSWER: Callable[[list[str]], str] = itemgetter(-1)


def test_a_failure_is_marked_as_one_where_pydantic_ai_can(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    make_runner(model, toolset.get_tools(actions=[ACTION])).run_sync(ASK)
    (shown,) = map(json.loads, model.results_seen())
    result = json.loads(shown["error"]) if hasattr(pydantic_ai, "ToolFailed") else shown
    assert result["successful"] is False
