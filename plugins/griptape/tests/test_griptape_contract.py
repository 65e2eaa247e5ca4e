"""The contract suite through Griptape's own agent and OpenAI's wire format."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from griptape.artifacts import TextArtifact
from griptape.common import PromptStack
from griptape.structures import Agent
from griptape.tasks import PromptTask
from griptape.tools import BaseTool
from griptape.utils.decorators import activity
from schema import Schema

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.runner import ContextCases
from composio.testing.threads import in_a_thread
from composio_griptape import ComposioToolSet

UNREADABLE = "Griptape reads a call's arguments before it looks for the tool, and ends the run where they are no JSON object"


class TestGriptape(ContextCases, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    limits: ClassVar[Mapping[str, str]] = {
        "agent_survives_malformed_arguments": UNREADABLE,
        "agent_makes_an_empty_call[nothing-sync]": UNREADABLE,
        "agent_makes_an_empty_call[nothing-async]": UNREADABLE,
        "cancelling_a_call_cancels_its_request": "Griptape is synchronous: a thread can't be cancelled",
    }

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        # Lists of several fetches may hold two tools of one name, which an agent refuses and a driver sends.
        with ScriptedModel([Say("All done.")]) as model, self.make_runner(model, []).agent() as agent:
            stack = PromptStack(tools=list(tools))
            stack.add_user_message("Please do it.")
            agent.prompt_driver.run(stack)
            return model.tools_seen()

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        (tool,) = tools
        (activity,) = tool.activities()
        # As tasks call it.
        return str(tool.try_run(activity, None, None, arguments).to_text())

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return await in_a_thread(lambda: self.call(toolset, tools, arguments))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        return await in_a_thread(lambda: self.run_agent(toolset, tools, model, prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:
        said = self.make_runner(model, tools).stream(prompt)
        assert all(request.body["stream"] for request in model.requests)
        return str(said)

    def bare_tool(self, function: Callable[..., str]) -> Any:
        class Contract(BaseTool):  # type: ignore[misc]  # Griptape has no type information
            @activity(config={"description": "Get item.", "schema": Schema({"item_id": int})})  # type: ignore[untyped-decorator]
            def GET_ITEM(self, values: dict[str, Any]) -> TextArtifact:
                return TextArtifact(function(**values))

        return Contract(name="CONTRACT")

    @pytest.mark.parametrize("text", ['{"item_id": 7', "[7]", ""])
    def test_the_limit_of_unreadable_arguments_is_real(self, toolset: Any, text: str) -> None:
        """Should Griptape learn to answer such calls, this fails and ``limits`` gets shorter."""
        with ScriptedModel([Calls([{"name": "CONTRACT_GET_ITEM", "arguments": text}]), Say("All done.")]) as model:
            assert self.agent("sync", toolset, self.tools(toolset, "get_item"), model) != "All done."
            assert len(model.requests) == 1

    def test_the_limit_of_cancelling_is_real(self) -> None:
        """As above, should Griptape learn to wait."""
        members = [member for owner in (Agent, BaseTool, PromptTask) for _, member in inspect.getmembers(owner)]
        assert not [m for m in members if inspect.iscoroutinefunction(m) or inspect.isasyncgenfunction(m)]
