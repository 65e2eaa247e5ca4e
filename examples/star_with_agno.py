"""Star a repository and report, with agno: ``python examples/star_with_agno.py``.

    pip install opencomposio-agno agno openai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from services import STAR, TASK, services

from composio_agno import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent(model=OpenAIChat(id=model), tools=toolset.get_tools(actions=[STAR]))
        print(agent.run(TASK).content)


if __name__ == "__main__":
    main()
