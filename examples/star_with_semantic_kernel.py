"""Star a repository and report, with Semantic Kernel: ``python examples/star_with_semantic_kernel.py``.

    pip install opencomposio-semantic-kernel semantic-kernel

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import asyncio

from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from services import STAR, TASK, services

from composio_semantic_kernel import ComposioToolSet


async def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        plugin = await toolset.aget_plugin(actions=[STAR])
        agent = ChatCompletionAgent(service=OpenAIChatCompletion(ai_model_id=model), plugins=[plugin])
        print(await agent.get_response(messages=TASK))


if __name__ == "__main__":
    asyncio.run(main())
