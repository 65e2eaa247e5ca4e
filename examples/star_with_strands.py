"""Star a repository and report, with Strands Agents: ``python examples/star_with_strands.py``.

    pip install opencomposio-strands "strands-agents[openai]"

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from services import STAR, TASK, services
from strands import Agent
from strands.models.openai import OpenAIModel

from composio_strands import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent(model=OpenAIModel(model_id=model), tools=toolset.get_tools(actions=[STAR]), callback_handler=None)
        print(agent(TASK))


if __name__ == "__main__":
    main()
