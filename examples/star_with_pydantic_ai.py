"""Star a repository and report, with Pydantic AI: ``python examples/star_with_pydantic_ai.py``.

    pip install opencomposio-pydantic-ai "pydantic-ai-slim[openai]"

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from pydantic_ai import Agent
from services import STAR, TASK, services

from composio_pydantic_ai import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent(f"openai:{model}", tools=toolset.get_tools(actions=[STAR]))
        print(agent.run_sync(TASK).output)


if __name__ == "__main__":
    main()
