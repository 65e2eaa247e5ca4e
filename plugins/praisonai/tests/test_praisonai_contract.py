"""The contract suite through PraisonAI's own agent."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from praisonaiagents.errors import ToolExecutionError

from composio.testing import AdapterContract, Calls, MainJob, Say, ScriptedModel
from composio.testing.contract.runner import RunnerDriver
from composio.testing.threads import in_a_thread
from composio_praisonai import ComposioToolSet

ITEM = "CONTRACT_GET_ITEM"
DONE = Say("All done.")
ONE_RUN = "a tool has one `run`, for both kinds of agents; the asynchronous ones call it in a thread, which can't be cancelled"
ESCAPED = "PraisonAI writes results with json.dumps, which escapes what is not ASCII"
NO_JSON = "to PraisonAI no text is no JSON; it tells the model"
LIMITS = {
    "cancelling_a_call_cancels_its_request": ONE_RUN,
    "unicode": ESCAPED,
    "agent_makes_parallel_calls_and_keeps_their_order": "PraisonAI's agents make one call after the other",
    "agent_makes_an_empty_call[nothing-sync]": NO_JSON,
    "agent_makes_an_empty_call[nothing-async]": NO_JSON,
    "agent_survives_malformed_arguments[[7]-sync]": "PraisonAI writes keywords of whatever the JSON is, and raises",
}


class TestPraisonAI(RunnerDriver, AdapterContract, MainJob):
    toolset_class = ComposioToolSet
    runner_fixture = "make_agent"
    limits: ClassVar[Mapping[str, str]] = LIMITS

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        # As the agents call it, and write what it answers.
        return json.dumps(tools[0].run(**arguments))

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:
        return await in_a_thread(lambda: self.call(toolset, tools, arguments))

    def bare_tool(self, function: Callable[..., str]) -> Any:
        return function

    # Should PraisonAI learn to do these, they fail and `limits` gets shorter.

    def test_that_limit_is_real_results_are_escaped_and_whole(self, world: Any, toolset: Any) -> None:
        text = "Grüße, 日本 \u2028 'single'"
        world.api.reply(ITEM, json={"said": text})
        (shown,) = self.shown(toolset, {"item_id": 7})
        assert json.loads(shown)["data"] == {"said": text}
        assert "日本" not in shown

    def test_that_limit_is_real_calls_are_made_one_after_the_other(self, world: Any, toolset: Any) -> None:
        running = world.watch_item()
        shown = self.shown(toolset, *({"item_id": n} for n in (1, 2, 3)))
        assert running == [1, 2, 3]
        assert [json.loads(text)["data"]["item_id"] for text in shown] == [1, 2, 3]

    def test_that_limit_is_real_no_text_is_refused(self, world: Any, toolset: Any) -> None:
        (shown,) = self.shown(toolset, "")
        assert "Invalid arguments JSON" in shown
        assert world.api.requests == []

    def test_that_limit_is_real_a_list_ends_the_run(self, world: Any, toolset: Any) -> None:
        raises = pytest.raises(ToolExecutionError, match="must be a mapping")
        with ScriptedModel([Calls([{"name": ITEM, "arguments": "[7]"}]), DONE]) as model, raises:
            self.run_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.")
        assert world.api.requests == []

    def test_that_limit_is_real_asynchronous_agents_call_in_a_thread(self, world: Any, toolset: Any) -> None:
        seen: list[str] = []
        tools = self.tools(toolset, "get_status")
        carry_out = tools[0].run

        def watched(**arguments: Any) -> Any:
            seen.append(threading.current_thread().name)
            return carry_out(**arguments)

        tools[0].run = watched
        with ScriptedModel([Calls([{"name": "CONTRACT_GET_STATUS", "arguments": {}}]), DONE]) as model:
            asyncio.run(self.arun_agent(toolset, tools, model, "Please do it."))
        assert seen
        assert seen != ["MainThread"]

    def shown(self, toolset: Any, *calls: Any) -> list[str]:
        """The results of a run in which the model makes these calls at once."""
        with ScriptedModel([Calls([{"name": ITEM, "arguments": arguments} for arguments in calls]), DONE]) as model:
            assert self.run_agent(toolset, self.tools(toolset, "get_item"), model, "Please do it.") == "All done."
            return model.results_seen()
