"""Star a repository and report, with AutoGen: ``python examples/star_with_autogen.py``.

    pip install opencomposio-autogen autogen-agentchat "autogen-ext[openai]"

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from services import STAR, TASK, services

from composio_autogen import ComposioToolSet


async def star() -> None:
    with services("gpt-4o-mini") as model:
        async with ComposioToolSet() as toolset:
            tools = await toolset.aget_tools(actions=[STAR])
            client = OpenAIChatCompletionClient(model=model)
            agent = AssistantAgent("assistant", client, tools=tools, max_tool_iterations=10)
            result = await agent.run(task=TASK)
            print(result.messages[-1].content)
            await client.close()


def main() -> None:
    asyncio.run(star())


if __name__ == "__main__":
    main()
