"""Star a repository and report, with AG2: ``python examples/star_with_ag2.py``.

    pip install opencomposio-ag2 "ag2[openai]"

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import asyncio

from ag2 import Agent
from ag2.config import OpenAIConfig
from services import STAR, TASK, services

from composio_ag2 import ComposioToolSet


async def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent("octopus", config=OpenAIConfig(model), tools=toolset.get_tools(actions=[STAR]))
        reply = await agent.ask(TASK)
        print(reply.body)


if __name__ == "__main__":
    asyncio.run(main())
