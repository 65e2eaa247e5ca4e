"""AgentChat's agent loop over OpenAI's wire format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import ToolCallExecutionEvent
from autogen_core.models import FunctionExecutionResult, ModelFamily, ModelInfo
from autogen_ext.models.openai import OpenAIChatCompletionClient

from composio.testing import ScriptedModel

INFO = ModelInfo(vision=False, function_calling=True, json_output=False, family=ModelFamily.UNKNOWN, structured_output=False)


class Agent:
    """An ``AssistantAgent`` that runs until the model has no more calls; closes its client after each run."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Any] | None = None, **options: Any) -> None:
        self._model, self._tools, self._options = model, tools, options

    async def run(self, task: str) -> TaskResult:
        client = OpenAIChatCompletionClient(
            model="m", base_url=self._model.openai_url, api_key="none", model_info=INFO, max_retries=0
        )
        tools = None if self._tools is None else list(self._tools)
        agent = AssistantAgent("assistant", client, tools=tools, max_tool_iterations=10, **self._options)
        try:
            async for event in agent.run_stream(task=task):
                if isinstance(event, TaskResult):
                    return event
            raise AssertionError("the run ended without a result")
        finally:
            await client.close()


@pytest.fixture
def make_agent() -> type[Agent]:
    return Agent


def shown(result: TaskResult) -> list[FunctionExecutionResult]:
    """What the model was shown of its calls."""
    return [one for event in result.messages if isinstance(event, ToolCallExecutionEvent) for one in event.content]


@pytest.fixture
def shown_results() -> Any:
    return shown
