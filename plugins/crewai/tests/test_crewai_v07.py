"""A program in the style of v0.7's for CrewAI ends well."""

from __future__ import annotations

from collections.abc import Callable

from composio.testing import Calls, FakeUpstream, Say

PROGRAM = """
from crewai import Agent, Crew, Task

from composio_crewai import Action, App, ComposioToolSet

toolset = ComposioToolSet(api_key="unused", entity_id="default")
tools = toolset.get_tools(actions=[Action.GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER])
assert len(toolset.get_tools(apps=[App.GITHUB])) > len(tools)
agent = Agent(role="Clerk", goal="Take care of GitHub", backstory="Knows GitHub.", verbose=False, tools=tools, llm="gpt-4o")
task = Task(description="Star octocat/hello on GitHub", agent=agent, expected_output="What was done")
print(Crew(agents=[agent], tasks=[task]).kickoff())
"""
STAR = {"name": "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER", "arguments": {"owner": "octocat", "repo": "hello"}}


def test_a_crew_in_v0_7s_style_stars_a_repository(program_prints: Callable[..., str], github: FakeUpstream) -> None:
    assert program_prints(PROGRAM, [Calls([STAR]), Say("Starred.")], lines=1) == "Starred.\n"
    assert [(request.method, request.path) for request in github.requests] == [("PUT", "/user/starred/octocat/hello")]
