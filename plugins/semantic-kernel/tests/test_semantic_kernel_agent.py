"""What is Semantic Kernel's own beside the contract: plugins, filters, choices of functions, answers of parallel calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.filters import FilterTypes
from semantic_kernel.functions import KernelArguments

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_semantic_kernel import ComposioToolSet

ASK = "Get my GitHub username."
ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
# What the model says at the end: the last result.
ANSWER: Callable[[list[str]], str] = itemgetter(-1)
ZEN = "GITHUB_GET_THE_ZEN_OF_GITHUB"


def test_a_plugin_holds_what_get_tools_gives(toolset: ComposioToolSet) -> None:
    plugin = toolset.get_plugin(actions=[ACTION, ZEN])
    assert (plugin.name, list(plugin.functions)) == ("composio", [ACTION, ZEN])
    assert asyncio.run(toolset.aget_plugin(actions=[ACTION, ZEN])).functions.keys() == plugin.functions.keys()
    result = asyncio.run(Kernel().invoke(plugin[ACTION], KernelArguments()))
    assert json.loads(str(result))["data"]["login"] == "octocat"


def test_filters_surround_the_calls(toolset: ComposioToolSet, model: ScriptedModel, make_runner: Any) -> None:
    kernel, seen = Kernel(), []

    @kernel.filter(FilterTypes.FUNCTION_INVOCATION)
    async def look(context: Any, next: Any) -> None:
        await next(context)
        seen.append((context.function.fully_qualified_name, json.loads(context.result.value)["successful"]))

    asyncio.run(make_runner(model, toolset.get_tools(actions=[ACTION]), kernel=kernel).run(ASK))
    assert (f"composio-{ACTION}", True) in seen


def test_an_agent_may_be_given_some_of_a_plugins_functions(toolset: ComposioToolSet, make_runner: Any) -> None:
    chosen = FunctionChoiceBehavior.Auto(filters={"included_functions": [f"composio-{ZEN}"]})
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say(lambda results: results[-1])]) as model:
        runner = make_runner(model, toolset.get_tools(actions=[ACTION, ZEN]), function_choice_behavior=chosen)
        assert "not part of the provided tools" in asyncio.run(runner.run(ASK))
        assert [tool["name"] for tool in model.tools_seen()] == [f"composio-{ZEN}"]


def test_a_failure_is_shown_as_the_result_and_not_logged(
    toolset: ComposioToolSet, model: ScriptedModel, github: FakeUpstream, make_runner: Any, caplog: pytest.LogCaptureFixture
) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    said = asyncio.run(make_runner(model, toolset.get_tools(actions=[ACTION])).run(ASK))
    assert json.loads(said)["successful"] is False
    assert "Traceback" not in caplog.text
