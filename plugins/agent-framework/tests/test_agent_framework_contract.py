"""The contract suite through Agent Framework's own agent, over both of OpenAI's wire formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from agent_framework import FunctionTool

from composio.testing import AdapterContract, MainJob, ScriptedModel
from composio.testing.contract.runner import RunnerDriver
from composio.testing.threads import in_another_loop
from composio_agent_framework import ComposioToolSet


class TestChat(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    runner_fixture = "make_loop"
    api: ClassVar[str] = "chat"

    def runner(self, model: ScriptedModel, tools: Any, **options: Any) -> Any:
        return self.make_runner(model, tools, self.api, **options)

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # Agent Framework has no synchronous form: whoever can't wait runs a loop in another thread.
        return in_another_loop(lambda: self.acall(toolset, tools, arguments))

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools, given={"entity_id": entity_id}).arun("Go.")
            return model.results_seen()[0]

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return FunctionTool(name="CONTRACT_GET_ITEM", func=function)


class TestResponses(TestChat):
    api = "responses"
