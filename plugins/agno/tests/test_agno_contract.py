"""The contract suite through agno's own agent loop and OpenAI's wire format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

import pytest
from agno.exceptions import AgentRunException
from agno.tools import Function, FunctionCall

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.runner import RunnerDriver
from composio_agno import ComposioToolSet

STATUS = "CONTRACT_GET_STATUS"


class TestAgno(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = {
        "agent_makes_parallel_calls_and_keeps_their_order[sync]": "agno's `run` runs calls one after the other",
    }

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        functions = [function.to_dict() for tool in tools for function in tool.get_functions().values()]
        return [{key: function[key] for key in ("name", "description", "parameters")} for function in functions]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        (function,) = tools[0].get_functions().values()
        call = FunctionCall(function=function, arguments=arguments)
        with suppress(AgentRunException):  # as the agent does it
            call.execute()
        return str(call.error or call.result)

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        (function,) = tools[0].get_async_functions().values()
        call = FunctionCall(function=function, arguments=arguments)
        with suppress(AgentRunException):  # as the agent does it
            await call.aexecute()
        return str(call.error or call.result)

    def text_of(self, output: Any) -> str:
        return str(output.content)

    async def acall_in_run(self, toolset: Any, tools: Any, arguments: dict[str, Any], entity_id: str) -> str:
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools, user_id=entity_id).arun("Go.")
            return model.results_seen()[0]

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return Function(name="CONTRACT_GET_ITEM", entrypoint=function)

    @pytest.mark.parametrize(("written", "sent"), [("true", ["true"]), ("FALSE", ["false"]), ("None", [])])
    def test_texts_that_agno_takes_for_values(self, world: Any, toolset: Any, written: str, sent: list[str]) -> None:
        with ScriptedModel([Calls([{"name": "CONTRACT_ECHO", "arguments": {"text": written}}]), Say("All done.")]) as model:
            assert "All done." in self.run_agent(toolset, self.tools(toolset, "echo"), model, "Please do it.")
            (shown,) = model.results_seen()
        assert [received.arguments["text"] for received in world.api.requests] == sent
        assert sent or "text" in shown

    def test_the_limit_is_real(self, toolset: Any) -> None:
        """Should agno's ``run`` learn to run calls together, this fails and ``limits`` gets shorter."""
        seen: list[str] = []

        def begin(inputs: dict[str, Any]) -> dict[str, Any]:
            seen.append("begun")
            return inputs

        def end(result: dict[str, Any]) -> dict[str, Any]:
            seen.append("done")
            return result

        processors = {"pre": {STATUS: begin}, "post": {STATUS: end}}
        tools = self.tools(toolset, "get_status", processors=processors)
        with ScriptedModel([Calls([{"name": STATUS, "arguments": {}}] * 3), Say("All done.")]) as model:
            self.run_agent(toolset, tools, model, "Please do it.")
        assert seen == ["begun", "done"] * 3
