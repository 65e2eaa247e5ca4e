"""The contract suite through Agent Framework's own agent, over both of OpenAI's wire formats."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, ClassVar

import pytest
from agent_framework import FunctionTool

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio_agent_framework import ComposioToolSet


class TestChat(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    api: ClassVar[str] = "chat"

    @pytest.fixture(autouse=True)
    def _loop(self, make_loop: Callable[..., Any]) -> None:
        self.make_loop = make_loop

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        with ScriptedModel([Say("Hello.")]) as model:
            self.make_loop(model, tools, self.api).run("Hello?")
            return model.tools_seen()

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # Agent Framework has no synchronous form: whoever can't wait runs a loop in another thread.
        context = copy_context()
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(context.run, asyncio.run, self.acall(toolset, tools, arguments)).result()

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        script = [Calls([{"name": tools[0].name, "arguments": arguments}]), Say("Done.")]
        with ScriptedModel(script) as model:
            await self.make_loop(model, tools, self.api).arun("Go.")
            return model.results_seen()[0]

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.make_loop(model, tools, self.api).run(prompt))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(await self.make_loop(model, tools, self.api).arun(prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(asyncio.run(self.make_loop(model, tools, self.api).stream(prompt)))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        bare = FunctionTool(name="CONTRACT_GET_ITEM", func=function)
        return str(self.make_loop(model, [bare], self.api).run(prompt))


class TestResponses(TestChat):
    api = "responses"
