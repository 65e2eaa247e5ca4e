"""Star a repository and report, with PraisonAI Agents: ``python examples/star_with_praisonai.py``.

    pip install opencomposio-praisonai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from praisonaiagents import Agent
from services import STAR, TASK, services

from composio_praisonai import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent(instructions="You help with GitHub.", model=model, tools=toolset.get_tools(actions=[STAR]))
        print(agent.chat(TASK, stream=False))


if __name__ == "__main__":
    main()
