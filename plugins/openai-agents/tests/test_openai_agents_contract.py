"""The contract suite through the SDK's own runner, over both wire formats that it speaks."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, ClassVar

import pytest
from agents import Agent, FunctionTool, RunConfig, Runner, function_tool
from agents.exceptions import ModelBehaviorError

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.runner import RunnerDriver
from composio_openai_agents import ComposioToolSet

ANSWERS_UNKNOWN_TOOLS = any(field.name == "tool_not_found_behavior" for field in fields(RunConfig))
HAS_APPROVALS = any(field.name == "needs_approval" for field in fields(FunctionTool))
LIMITS = {"sync_inside_a_running_loop": "its tools are asynchronous, and Runner.run_sync refuses to run inside a running loop"}
if HAS_APPROVALS:
    LIMITS["edited_arguments_are_what_is_sent"] = "an answer to its interruptions is approve or reject"
if not ANSWERS_UNKNOWN_TOOLS:
    LIMITS["agent_survives_an_unknown_tool"] = "this version of the SDK ends the run with a ModelBehaviorError"


class TestResponses(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    gives_call_ids = True
    runner_fixture = "make_loop"
    api: ClassVar[str] = "responses"
    limits: ClassVar[Mapping[str, str]] = LIMITS

    def runner(self, model: ScriptedModel, tools: Any, **options: Any) -> Any:
        return self.make_runner(model, tools, self.api, **options)

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools, context={"entity_id": entity_id}).arun("Go.")
            return model.results_seen()[0]

    if HAS_APPROVALS:

        async def apause(
            self, toolset: Any, tools: Any, arguments: dict[str, Any], decide: Callable[[], Mapping[str, Any]]
        ) -> str:
            return await self.pause_run(tools, arguments, decide)

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return function_tool(function, name_override="CONTRACT_GET_ITEM")

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
            loop = self.runner(model, tools, config=RunConfig(tracing_disabled=True))
            with pytest.raises(ModelBehaviorError, match="not found"):
                asyncio.run(loop.arun("Go."))


class TestChat(TestResponses):
    api = "chat"
