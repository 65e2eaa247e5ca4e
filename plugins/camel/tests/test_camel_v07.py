"""A program in the style of v0.7's for CAMEL ends well."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from composio.testing import Calls, FakeUpstream, Say

PROGRAM = """
from camel.agents import ChatAgent
from camel.messages import BaseMessage
from camel.models import ModelFactory
from camel.types import ModelPlatformType, ModelType

from composio_camel import Action, ComposioToolSet

toolset = ComposioToolSet()
tools = toolset.get_actions(actions=[Action.GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER])
model = ModelFactory.create(model_platform=ModelPlatformType.OPENAI, model_type=ModelType.GPT_4O)
about = BaseMessage.make_assistant_message(role_name="Clerk", content="You take care of GitHub.")
agent = ChatAgent(about, model, tools=tools)
agent.reset()
print(agent.step(BaseMessage.make_user_message(role_name="User", content="Star octocat/hello.")).msgs[0].content)
"""
STAR = {"name": "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER", "arguments": {"owner": "octocat", "repo": "hello"}}


@pytest.mark.usefixtures("offline_vocabulary")
def test_an_agent_in_v0_7s_style_stars_a_repository(program_prints: Callable[..., str], github: FakeUpstream) -> None:
    assert program_prints(PROGRAM, [Calls([STAR]), Say("Starred.")], lines=1) == "Starred.\n"
    assert [(request.method, request.path) for request in github.requests] == [("PUT", "/user/starred/octocat/hello")]
