"""DSPy's own client, streams and predictors, beside the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import dspy
import pytest

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_dspy import ComposioToolSet

# LiteLLM's own, by which DSPy before 3.4 speaks, and what it leaves open.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*on TypedDict class:UserWarning"),
    pytest.mark.usefixtures("quiet_leftovers"),
]

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
ASK = "Get my GitHub username."
Fields = Callable[..., str]


@pytest.fixture
def turns(answer_fields: Fields) -> list[str]:
    """What a model writes to ``ReAct``: a call, the end, the answer."""
    return [
        answer_fields(next_thought="Look.", next_tool_name=ACTION, next_tool_args="{}"),
        answer_fields(next_thought="Done.", next_tool_name="finish", next_tool_args="{}"),
        answer_fields(reasoning="It was there.", answer="octocat"),
    ]


def writes(*texts: str) -> ScriptedModel:
    """A model that says one text after the other. To ``ReAct`` results are words of the user's, so no turn can be told."""
    left = iter(texts)
    return ScriptedModel([Say(lambda _: next(left))])


def client(model: ScriptedModel) -> Any:
    return dspy.LM("openai/gpt-4o", api_base=model.openai_url, api_key="none", cache=False, num_retries=0)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_react_with_dspys_own_client(toolset: ComposioToolSet, github: FakeUpstream, turns: list[str], mode: str) -> None:
    agent = dspy.ReAct("question -> answer", tools=toolset.get_tools(actions=[ACTION]))
    with writes(*turns) as model, dspy.context(lm=client(model)):
        said = agent(question=ASK) if mode == "sync" else asyncio.run(agent.acall(question=ASK))
        assert model.problems == []
        shown = model.requests[-1].body["messages"][-1]["content"]
    assert said.answer == "octocat"
    assert json.loads(said.trajectory["observation_0"])["data"]["login"] == "octocat"
    assert said.trajectory["observation_0"] in shown, "the model reads the result as JSON"
    assert len(github.requests) == 1


def test_a_streamed_run_tells_of_its_calls(toolset: ComposioToolSet, github: FakeUpstream, turns: list[str]) -> None:
    agent = dspy.streamify(
        dspy.ReAct("question -> answer", tools=toolset.get_tools(actions=[ACTION])),
        status_message_provider=dspy.streaming.StatusMessageProvider(),
    )

    async def run() -> list[Any]:
        with dspy.context(lm=client(model)):
            return [event async for event in agent(question=ASK)]

    with writes(*turns) as model:
        events = asyncio.run(run())
    assert events[-1].answer == "octocat"
    assert f"Calling tool {ACTION}..." in [getattr(event, "message", None) for event in events]
    assert len(github.requests) == 1


@pytest.mark.parametrize(("field", "wrong"), [("next_tool_name", "GITHUB_NO_SUCH_TOOL"), ("next_tool_args", "none at all")])
def test_a_model_that_is_asked_again_may_go_on(
    toolset: ComposioToolSet, github: FakeUpstream, turns: list[str], answer_fields: Fields, field: str, wrong: str
) -> None:
    call = {"next_thought": "Look.", "next_tool_name": ACTION, "next_tool_args": "{}"}
    again = json.dumps({**call, "next_tool_args": {}})  # DSPy asks for JSON the second time
    agent = dspy.ReAct("question -> answer", tools=toolset.get_tools(actions=[ACTION]))
    with writes(answer_fields(**{**call, field: wrong}), again, *turns[1:]) as model, dspy.context(lm=client(model)):
        assert agent(question=ASK).answer == "octocat"
    assert len(github.requests) == 1


def test_a_predictor_makes_native_calls(toolset: ComposioToolSet, github: FakeUpstream) -> None:
    tools = toolset.get_tools(apps=["github"])
    inputs = {"question": (str, dspy.InputField()), "tools": (list[dspy.Tool], dspy.InputField())}
    predict = dspy.Predict(dspy.Signature({**inputs, "calls": (dspy.ToolCalls, dspy.OutputField())}))
    with (
        ScriptedModel([Calls([{"name": ACTION, "arguments": {}}])]) as model,
        dspy.context(lm=client(model), adapter=dspy.ChatAdapter(use_native_function_calling=True)),
    ):
        (call,) = predict(question=ASK, tools=tools).calls.tool_calls
        sent = model.tools_seen()
        assert model.problems == []
    assert sent == [tool.format_as_litellm_function_call()["function"] for tool in tools]
    (tool,) = [tool for tool in tools if tool.name == call.name]
    assert json.loads(tool(**call.args))["data"]["login"] == "octocat"
