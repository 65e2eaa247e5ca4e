"""A program in the style of v0.7's for Pydantic AI ends well."""

from __future__ import annotations

from collections.abc import Callable

from composio.testing import Calls, Say

PROGRAM = """
import warnings

from pydantic_ai import Agent

warnings.simplefilter("ignore", DeprecationWarning)  # of the package's former name
from composio_pydanticai import Action, ComposioToolSet

star = Action.GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER
toolset = ComposioToolSet()
tools = toolset.get_tools(actions=[star], max_retries={star: 2}, default_max_retries=3)
agent = Agent(model="openai:gpt-4o", tools=tools, system_prompt="You take care of GitHub.")
print(tools[0].max_retries, agent.run_sync("Star octocat/hello on GitHub").output)
"""
STAR = {"name": "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER", "arguments": {"owner": "octocat", "repo": "hello"}}


def test_an_agent_in_v0_7s_style_stars_a_repository(program_prints: Callable[..., str]) -> None:
    assert program_prints(PROGRAM, [Calls([STAR]), Say("Starred.")]) == "2 Starred.\n"
