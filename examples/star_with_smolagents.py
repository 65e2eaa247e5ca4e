"""Star a repository and report, with smolagents: ``python examples/star_with_smolagents.py``.

    pip install opencomposio-smolagents smolagents

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from services import STAR, TASK, services
from smolagents import OpenAIModel, ToolCallingAgent

from composio_smolagents import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini", last_tool="final_answer") as model, ComposioToolSet() as toolset:
        tools = toolset.get_tools(actions=[STAR])
        agent = ToolCallingAgent(tools=tools, model=OpenAIModel(model_id=model), verbosity_level=0)
        print(agent.run(TASK))


if __name__ == "__main__":
    main()
