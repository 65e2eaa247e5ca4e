"""Star a repository and report, with LiveKit Agents in text mode: ``python examples/star_with_livekit.py``.

    pip install opencomposio-livekit livekit-plugins-openai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import asyncio

from livekit.agents import Agent, AgentSession
from livekit.plugins import openai
from services import STAR, TASK, services

from composio_livekit import ComposioToolSet


async def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent(instructions="You help with GitHub.", tools=await toolset.aget_tools(actions=[STAR]))
        async with AgentSession(llm=openai.LLM(model=model)) as session:
            await session.start(agent)
            await session.run(user_input=TASK)
            print(session.history.items[-1].text_content)


if __name__ == "__main__":
    asyncio.run(main())
