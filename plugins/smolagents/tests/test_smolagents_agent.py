"""The main job through real agents: GitHub's real description, a scripted model, a bearer token, an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from smolagents import ChatMessage, CodeAgent, Model, OpenAIModel
from smolagents.models import MessageRole, TokenUsage, get_tool_json_schema

from composio.testing import ScriptedModel
from composio_smolagents import App, ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
ASK = "Get my GitHub username."

WAYS: dict[str, Callable[[Any], str]] = {
    "sync": lambda agent: str(agent.run(ASK)),
    "async": lambda agent: str(asyncio.run(asyncio.to_thread(agent.run, ASK))),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_says_the_username_or_why_it_can_t(
    asks_for_user: Any, model: ScriptedModel, make_agent: Any, way: str
) -> None:
    asks_for_user(lambda tools: WAYS[way](make_agent(model, tools)))


class Writes(Model):  # type: ignore[misc]  # smolagents has no type information
    """A model that answers with these strings, one after the other, and remembers what it was shown."""

    def __init__(self, *texts: str) -> None:
        super().__init__(model_id="m")
        self.texts, self.shown = list(texts), ""

    def generate(self, messages: list[Any], *_: Any, **__: Any) -> ChatMessage:
        self.shown = str(messages[-1].content)
        return ChatMessage(MessageRole.ASSISTANT, self.texts.pop(0), token_usage=TokenUsage(1, 1))


def test_a_code_agent_uses_the_result_as_a_dict_and_its_model_reads_json(toolset: ComposioToolSet) -> None:
    look = f"Thought: look.\n<code>\nuser = {ACTION}()\nprint(user)\n</code>"
    end = 'Thought: done.\n<code>\nfinal_answer(user["data"]["login"])\n</code>'
    model = Writes(look, end)
    agent = CodeAgent(tools=toolset.get_tools(actions=[ACTION]), model=model, verbosity_level=0)
    assert agent.run(ASK) == "octocat"
    assert '"successful": true' in model.shown


def test_every_important_action_of_github_reaches_the_wire(
    toolset: ComposioToolSet, model: ScriptedModel, make_agent: Any
) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    make_agent(model, tools).run(ASK)
    assert model.tools_seen() == [get_tool_json_schema(tool)["function"] for tool in tools]
    assert len(tools) >= 5


def test_smolagents_own_client_sends_what_openai_takes(toolset: ComposioToolSet, model: ScriptedModel) -> None:
    tools = toolset.get_tools(apps=[App.GITHUB])
    question = ChatMessage(MessageRole.USER, [{"type": "text", "text": ASK}])
    own = OpenAIModel(model_id="m", api_base=model.openai_url, api_key="none", client_kwargs={"max_retries": 0})
    try:
        answer = own.generate([question], tools_to_call_from=list(tools))
    finally:
        own.client.close()
    assert [call.function.name for call in answer.tool_calls] == [ACTION]
    assert len(model.tools_seen()) == len(tools)
