"""The contract suite through AG2's own agent loop and OpenAI's wire format."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ag2 import tool

from composio.testing import AdapterContract, MainJob, ScriptedModel
from composio.testing.contract.runner import RunnerDriver
from composio_ag2 import ComposioToolSet


class TestAg2(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet

    @pytest.fixture(autouse=True)
    def _drivers(self, one_call: Callable[..., Any], text_shown: Callable[[Any], str]) -> None:
        self.one_call, self.text_shown = one_call, text_shown

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return self.text_shown(self.one_call(tools[0], json.dumps(arguments)).run())

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return self.text_shown(await self.one_call(tools[0], json.dumps(arguments)).arun())

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        said = self.make_runner(model, tools, streaming=True).run(prompt)
        assert all(request.body["stream"] for request in model.requests)
        return str(said)

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools, dependencies={"entity_id": entity_id}).arun("Go.")
            return model.results_seen()[0]

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return tool(function, name="CONTRACT_GET_ITEM")
