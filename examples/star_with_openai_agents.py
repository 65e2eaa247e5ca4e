"""Star a repository and report, with the OpenAI Agents SDK: ``python examples/star_with_openai_agents.py``.

    pip install opencomposio-openai-agents openai-agents

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from agents import Agent, RunConfig, Runner
from services import STAR, TASK, services

from composio_openai_agents import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, ComposioToolSet() as toolset:
        agent = Agent(name="Assistant", model=model, tools=toolset.get_tools(actions=[STAR]))
        # Without this the SDK reports each run to OpenAI.
        quiet = RunConfig(tracing_disabled=True)
        print(Runner.run_sync(agent, TASK, run_config=quiet).final_output)


if __name__ == "__main__":
    main()
