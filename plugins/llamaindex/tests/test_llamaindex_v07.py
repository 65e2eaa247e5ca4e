"""A program in the style of v0.7's for LlamaIndex ends well. Its FunctionCallingAgentWorker is gone from LlamaIndex."""

from __future__ import annotations

import json
from collections.abc import Callable

from composio.testing import Calls, Say

PROGRAM = """
import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI

from composio_llamaindex import Action, ComposioToolSet

composio_toolset = ComposioToolSet(api_key="unused")
tools = composio_toolset.get_actions(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])


async def main():
    agent = FunctionAgent(tools=tools, llm=OpenAI(model="gpt-4o"), system_prompt="You take care of GitHub.")
    print(await agent.run("Who am I on GitHub?"))


asyncio.run(main())
"""
CALL = {"name": "GITHUB_GET_THE_AUTHENTICATED_USER", "arguments": {}}


def test_an_agent_in_v0_7s_style_gets_the_username(program_prints: Callable[..., str]) -> None:
    answer = Say(lambda results: f"You are {json.loads(results[-1])['data']['login']}.")
    assert program_prints(PROGRAM, [Calls([CALL]), answer], lines=1) == "You are octocat.\n"
