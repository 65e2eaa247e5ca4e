"""A program in the style of v0.7's for agno, and for phidata, which became agno, ends well."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from composio.testing import Calls, Say

PROGRAM = """
from agno.agent import Agent
from agno.models.openai import OpenAIChat

from {package} import Action, App, ComposioToolSet

toolset = ComposioToolSet()
tools = toolset.get_tools(actions=[Action.GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER])
agent = Agent(model=OpenAIChat(id="gpt-4o"), tools=tools)
print(agent.run("Can you star octocat/hello?").content)
"""
STAR = {"name": "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER", "arguments": {"owner": "octocat", "repo": "hello"}}


@pytest.mark.parametrize("package", ["composio_agno", "composio_phidata"])
def test_an_agent_in_v0_7s_style_stars_a_repository(program_prints: Callable[..., str], package: str) -> None:
    program = PROGRAM.format(package=package)
    options = ["-W", "ignore::DeprecationWarning"]  # of the package's former name
    assert program_prints(program, [Calls([STAR]), Say("Starred.")], options=options) == "Starred.\n"
