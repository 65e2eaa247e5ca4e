"""Star a repository and report, with CAMEL: ``python examples/star_with_camel.py``.

    pip install opencomposio-camel camel-ai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from camel.agents import ChatAgent
from camel.models import ModelFactory
from camel.types import ModelPlatformType
from services import STAR, TASK, services

from composio_camel import ComposioToolSet


def main() -> None:
    with services("gpt-4o-mini") as name, ComposioToolSet() as toolset:
        model = ModelFactory.create(model_platform=ModelPlatformType.OPENAI, model_type=name)
        agent = ChatAgent("You are a helpful assistant.", model=model, tools=toolset.get_tools(actions=[STAR]))
        print(agent.step(TASK).msgs[0].content)


if __name__ == "__main__":
    main()
