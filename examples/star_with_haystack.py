"""Star a repository and report, with Haystack: ``python examples/star_with_haystack.py``.

    pip install opencomposio-haystack haystack-ai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from services import STAR, TASK, services

from composio_haystack import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent(chat_generator=OpenAIChatGenerator(model=model), tools=toolset.get_tools(actions=[STAR]))
        agent.warm_up()
        print(agent.run(messages=[ChatMessage.from_user(TASK)])["messages"][-1].text)


if __name__ == "__main__":
    main()
