"""Star a repository and report, with Microsoft's Agent Framework: ``python examples/star_with_agent_framework.py``.

    pip install opencomposio-agent-framework agent-framework-openai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import asyncio

from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient
from services import STAR, TASK, services

from composio_agent_framework import ComposioToolSet


async def main() -> None:
    with services("gpt-4.1-mini") as model:
        async with ComposioToolSet() as toolset:
            agent = Agent(client=OpenAIChatClient(model=model), tools=await toolset.aget_tools(actions=[STAR]))
            print(await agent.run(TASK))


if __name__ == "__main__":
    asyncio.run(main())
