"""Star a repository and report, with Griptape: ``python examples/star_with_griptape.py``.

    pip install opencomposio-griptape griptape

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import logging

from griptape.drivers.prompt.openai import OpenAiChatPromptDriver
from griptape.structures import Agent
from services import STAR, TASK, services

from composio_griptape import ComposioToolSet


def main() -> None:
    logging.getLogger("griptape").setLevel(logging.WARNING)  # otherwise it prints each step
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent(prompt_driver=OpenAiChatPromptDriver(model=model), tools=toolset.get_tools(actions=[STAR]))
        print(agent.run(TASK).output.value)


if __name__ == "__main__":
    main()
