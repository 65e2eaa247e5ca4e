"""The contract suite through Semantic Kernel's own agent and OpenAI's wire format."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from semantic_kernel import Kernel
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.function_calling_utils import kernel_function_metadata_to_function_call_format
from semantic_kernel.functions import KernelArguments, KernelFunction, KernelFunctionFromMethod, kernel_function

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.driver import result_in
from composio_semantic_kernel import ComposioToolSet

ITEM = "CONTRACT_GET_ITEM"
CALL = re.compile(r"invoke(_(stream|function_call|prompt|prompt_stream))?|get_response|__call__").fullmatch


class TestSemanticKernel(AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    name_prefix = "composio-"
    limits: ClassVar[Mapping[str, str]] = {
        "sync_inside_a_running_loop": "Semantic Kernel has no synchronous call: functions, kernels and agents are coroutines",
        "agent_makes_parallel_calls_and_keeps_their_order": "Semantic Kernel writes answers down as they come in",
    }

    @pytest.fixture(autouse=True)
    def _runner(self, make_runner: Callable[..., Any]) -> None:
        self.make_runner = make_runner

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        return [kernel_function_metadata_to_function_call_format(tool.metadata)["function"] for tool in tools]

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return asyncio.run(self.acall(toolset, tools, arguments))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return str(await Kernel().invoke(tools[0], KernelArguments(**arguments)))

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return asyncio.run(self.arun_agent(toolset, tools, model, prompt))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(await self.make_runner(model, tools).run(prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return str(asyncio.run(self.make_runner(model, tools).stream(prompt)))

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        tool = KernelFunctionFromMethod(kernel_function(name="CONTRACT_GET_ITEM")(function), plugin_name="composio")
        return str(asyncio.run(self.make_runner(model, [tool]).run(prompt)))

    def test_the_limit_of_parallel_calls_is_real(self, world: Any, toolset: Any) -> None:
        """Should Semantic Kernel learn to keep their order, this fails and ``limits`` gets shorter."""
        world.api.reply(
            ITEM,
            json=lambda received: received.arguments,
            delay=lambda received: 0.5 * (received.arguments["item_id"] == 1),
            together=2,
        )
        calls = Calls([{"name": ITEM, "arguments": {"item_id": n}, "id": f"call_{n}"} for n in (1, 2)])
        with ScriptedModel([calls, Say("All done.")]) as model:
            assert "All done." in self.run_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.")
            said = [message for message in model.requests[-1].body["messages"] if message["role"] == "tool"]
        answers = [(message["tool_call_id"], result_in(message["content"])["data"]["item_id"]) for message in said]
        assert answers == [("call_2", 2), ("call_1", 1)]

    def test_the_limit_of_synchronous_calls_is_real(self) -> None:
        """Should Semantic Kernel learn to block, this fails and ``limits`` gets shorter."""
        named = [getattr(owner, n) for owner in (Kernel, KernelFunction, ChatCompletionAgent) for n in dir(owner) if CALL(n)]
        assert len(named) >= 8
        assert [f for f in named if not inspect.iscoroutinefunction(f) and not inspect.isasyncgenfunction(f)] == []
