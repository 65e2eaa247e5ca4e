"""Star a repository and report, with LlamaIndex: ``python examples/star_with_llamaindex.py``.

    pip install opencomposio-llamaindex llama-index-core llama-index-llms-openai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI
from services import STAR, TASK, services

from composio_llamaindex import ComposioToolSet


async def star() -> None:
    with services("gpt-4o-mini") as model:
        async with ComposioToolSet() as toolset:
            tools = await toolset.aget_tools(actions=[STAR])
            agent = FunctionAgent(tools=tools, llm=OpenAI(model=model))
            print(await agent.run(TASK))


def main() -> None:
    asyncio.run(star())


if __name__ == "__main__":
    main()
