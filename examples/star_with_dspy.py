"""Star a repository and report, with DSPy: ``python examples/star_with_dspy.py``.

    pip install opencomposio-dspy

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

import dspy
from services import STAR, TASK, services

from composio_dspy import ComposioToolSet


def turn(**fields: str) -> str:
    """What a model writes to a DSPy program."""
    return "\n\n".join([*(f"[[ ## {name} ## ]]\n{text}" for name, text in fields.items()), "[[ ## completed ## ]]"])


# ReAct's prompts hold tools and results; what to write to them the scripted model has by heart.
TURNS = (
    turn(next_thought="I star it.", next_tool_name=STAR, next_tool_args='{"owner": "octocat", "repo": "hello-world"}'),
    turn(next_thought="That was all.", next_tool_name="finish", next_tool_args="{}"),
    turn(reasoning="It worked.", answer="I starred octocat/hello-world for you."),
)


def main() -> None:
    with services("gpt-4.1-mini", turns=TURNS) as model, ComposioToolSet() as toolset:
        agent = dspy.ReAct("task -> answer", tools=toolset.get_tools(actions=[STAR]))
        with dspy.context(lm=dspy.LM(f"openai/{model}", cache=False)):
            done = agent(task=TASK)
        print(done.trajectory["observation_0"])
        print(done.answer)


if __name__ == "__main__":
    main()
