"""The contract suite through Pydantic AI's own agent loop and OpenAI's wire format."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic_ai import Tool

from composio.testing import AdapterContract, MainJob, Say, ScriptedModel
from composio_pydantic_ai import ComposioToolSet


class TestPydanticAI(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    gives_call_ids = True
    limits: ClassVar[Mapping[str, str]] = {
        "sync_inside_a_running_loop": "run_sync refuses to run where a loop is running; there is `await agent.run(...)`",
    }

    @pytest.fixture(autouse=True)
    def _drivers(self, make_runner: Callable[..., Any], one_call: Callable[..., Any]) -> None:
        self.make_runner, self.one_call = make_runner, one_call

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        with ScriptedModel([Say("All done.")]) as model:
            self.make_runner(model, tools).run_sync("Please do it.")
            return model.tools_seen()

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(self.one_call(tools[0], arguments).run_sync().content)

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str((await self.one_call(tools[0], arguments).run()).content)

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        deps = SimpleNamespace(entity_id=entity_id)
        return str((await self.one_call(tools[0], arguments).run(deps)).content)

    async def apause(self, toolset: Any, tools: Any, arguments: dict[str, Any], decide: Callable[[], Mapping[str, Any]]) -> str:
        return str((await self.one_call(tools[0], arguments).pause(decide)).content)

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.make_runner(model, tools).run_sync(prompt).output)

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str((await self.make_runner(model, tools).run(prompt)).output)

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(asyncio.run(self.make_runner(model, tools).stream(prompt)))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        return str(self.make_runner(model, [Tool(function, name="CONTRACT_GET_ITEM")]).run_sync(prompt).output)

    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # before 2, run_sync drops one
    def test_the_limit_is_real(self, toolset: Any) -> None:
        """Should Pydantic AI learn to run inside a loop, this fails and ``limits`` gets shorter."""
        tools = self.tools(toolset, "get_status")

        async def handler() -> str:
            return self.call(toolset, tools, {})

        with pytest.raises(RuntimeError, match="loop"):
            asyncio.run(handler())
        gc.collect()  # what run_sync drops should go in here, where the warning is expected
