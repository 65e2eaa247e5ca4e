"""Star a repository and report, with CrewAI: ``python examples/star_with_crewai.py``.

    pip install opencomposio-crewai crewai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from crewai import LLM, Agent, Crew, Task
from services import STAR, TASK, services

from composio_crewai import ComposioToolSet


def main() -> None:
    with services("openai/gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        clerk = Agent(
            role="Clerk",
            goal="Do what is asked on GitHub",
            backstory="Knows GitHub well.",
            tools=toolset.get_tools(actions=[STAR]),
            llm=LLM(model=model),
        )
        task = Task(description=TASK, expected_output="A sentence that says what was done.", agent=clerk)
        print(Crew(agents=[clerk], tasks=[task]).kickoff().raw)


if __name__ == "__main__":
    main()
