"""The contract suite through the SDK's own runner, over both wire formats that it speaks."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, ClassVar

import pytest
from agents import Agent, RunConfig, Runner, function_tool
from agents.exceptions import ModelBehaviorError

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio_openai_agents import ComposioToolSet

ANSWERS_UNKNOWN_TOOLS = any(field.name == "tool_not_found_behavior" for field in fields(RunConfig))
LIMITS = {"sync_inside_a_running_loop": "its tools are asynchronous, and Runner.run_sync refuses to run inside a running loop"}
if not ANSWERS_UNKNOWN_TOOLS:
    LIMITS["agent_survives_an_unknown_tool"] = "this version of the SDK ends the run with a ModelBehaviorError"


class TestResponses(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    api: ClassVar[str] = "responses"
    limits: ClassVar[Mapping[str, str]] = LIMITS

    @pytest.fixture(autouse=True)
    def _loop(self, make_loop: Callable[..., Any]) -> None:
        self.make_loop = make_loop

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        with ScriptedModel([Say("Hello.")]) as model:
            self.make_loop(model, tools, self.api).run("Hello?")
            return model.tools_seen()

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        with ScriptedModel(script(tools, arguments)) as model:
            self.make_loop(model, tools, self.api).run("Go.")
            return model.results_seen()[0]

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        with ScriptedModel(script(tools, arguments)) as model:
            await self.make_loop(model, tools, self.api).arun("Go.")
            return model.results_seen()[0]

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(self.make_loop(model, tools, self.api).run(prompt))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(await self.make_loop(model, tools, self.api).arun(prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(asyncio.run(self.make_loop(model, tools, self.api).stream(prompt)))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        bare = function_tool(function, name_override="CONTRACT_GET_ITEM")
        return str(self.make_loop(model, [bare], self.api).run(prompt))

    # Should the SDK learn to do these, they fail and `limits` gets shorter.

    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # the SDK's own, at its lowest version
    def test_that_limit_is_real_run_sync_refuses_a_running_loop(self, toolset: Any) -> None:
        agent = Agent(name="Assistant", tools=self.tools(toolset, "get_status"))

        async def handler() -> None:
            with pytest.raises(RuntimeError, match="running"):
                Runner.run_sync(agent, "Go.")

        asyncio.run(handler())
        gc.collect()  # what is said of the run that never began is said here, not in a later test

    def test_that_limit_is_real_an_unknown_tool_ends_the_run_unless_told_otherwise(self, toolset: Any) -> None:
        tools = self.tools(toolset, "get_item")
        with ScriptedModel([Calls([{"name": "CONTRACT_GET_NOTHING", "arguments": {}}]), Say("All done.")]) as model:
            loop = self.make_loop(model, tools, self.api, RunConfig(tracing_disabled=True))
            with pytest.raises(ModelBehaviorError, match="not found"):
                asyncio.run(loop.arun("Go."))


class TestChat(TestResponses):
    api = "chat"


def script(tools: Any, arguments: dict[str, Any]) -> list[Calls | Say]:
    """The model calls the one tool, and then is done."""
    return [Calls([{"name": tools[0].name, "arguments": arguments}]), Say("Done.")]
