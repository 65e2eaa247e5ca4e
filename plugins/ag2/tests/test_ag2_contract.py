"""The contract suite through AG2's own agent loop and OpenAI's wire format."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ag2 import tool

from composio.testing import AdapterContract, MainJob, Say, ScriptedModel
from composio_ag2 import ComposioToolSet


class TestAg2(AdapterContract, MainJob):
    toolset_class = ComposioToolSet

    @pytest.fixture(autouse=True)
    def _drivers(self, make_runner: Callable[..., Any], one_call: Callable[..., Any], text_shown: Callable[[Any], str]) -> None:
        self.make_runner, self.one_call, self.text_shown = make_runner, one_call, text_shown

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        with ScriptedModel([Say("All done.")]) as model:
            self.make_runner(model, tools).run("Please do it.")
            return model.tools_seen()

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return self.text_shown(self.one_call(tools[0], json.dumps(arguments)).run())

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return self.text_shown(await self.one_call(tools[0], json.dumps(arguments)).arun())

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.make_runner(model, tools).run(prompt))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(await self.make_runner(model, tools).arun(prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        said = self.make_runner(model, tools, streaming=True).run(prompt)
        assert all(request.body["stream"] for request in model.requests)
        return str(said)

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        return str(self.make_runner(model, [tool(function, name="CONTRACT_GET_ITEM")]).run(prompt))
