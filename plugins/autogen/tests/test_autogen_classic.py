"""v0.7's ``register_tools`` with AutoGen's classic agents, through their own loop and OpenAI's wire format."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent as AgentChatAgent
from autogen_ext.models.replay import ReplayChatCompletionClient

from composio.errors import InvalidRequest
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_autogen import ComposioToolSet

with warnings.catch_warnings():
    # What it imports warns of what it does not find.
    warnings.simplefilter("ignore")
    from autogen import AssistantAgent, UserProxyAgent  # type: ignore[import-untyped]  # ships no types

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
# It never closes its client's connections.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


def agents(model: ScriptedModel) -> tuple[Any, Any]:
    config = {
        "config_list": [{"model": "m", "api_key": "none", "base_url": model.openai_url, "price": [0, 0]}],
        "cache_seed": None,
    }
    caller = AssistantAgent("assistant", llm_config=config)
    executor = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False, max_consecutive_auto_reply=3)
    return caller, executor


def chat(model: ScriptedModel, toolset: ComposioToolSet, **options: Any) -> list[str]:
    """What the caller said, in order."""
    caller, executor = agents(model)
    toolset.register_tools(caller=caller, executor=executor, **options)
    done = executor.initiate_chat(caller, message="Get my GitHub username.", max_turns=3, silent=True)
    return [message["content"] or "" for message in done.chat_history if message.get("name") == "assistant"]


def test_a_classic_chat_gets_the_username(toolset: ComposioToolSet, github: FakeUpstream, token: str) -> None:
    answer = Say(lambda results: f"You are {json.loads(results[-1])['data']['login']}.")
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), answer]) as model:
        assert "You are octocat." in chat(model, toolset, actions=[ACTION])
        assert [tool["name"] for tool in model.tools_seen()] == [ACTION]
        assert model.problems == []
    (request,) = github.requests
    assert (request.path, request.headers["authorization"]) == ("/user", token)


def test_a_refusal_is_shown_and_the_chat_goes_on(toolset: ComposioToolSet, github: FakeUpstream) -> None:
    github.reply(ACTION, status=503, json={"message": "Unicorn!"})
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say(lambda results: results[-1])]) as model:
        said = chat(model, toolset, actions=[ACTION])
    assert json.loads(said[-1])["successful"] is False
    assert "Unicorn!" in said[-1]


def test_agentchats_agents_are_told_from_classic_ones(toolset: ComposioToolSet) -> None:
    agent = AgentChatAgent("assistant", ReplayChatCompletionClient(["Hello."]))
    with pytest.raises(InvalidRequest, match=r"the caller is a AssistantAgent.*AssistantAgent\(\.\.\., tools="):
        toolset.register_tools(caller=agent, executor=agent, actions=[ACTION])


def test_a_caller_without_a_model_is_refused(toolset: ComposioToolSet) -> None:
    with ScriptedModel([Say("Hello.")]) as model:
        _, executor = agents(model)
        with pytest.raises(InvalidRequest, match="no llm_config"):
            toolset.register_tools(executor, executor, actions=[ACTION])
